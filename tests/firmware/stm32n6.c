// ST's decoder for the STM32N6, fed from a file; compiled by test_against_sources.py.
//
// Input: int32 anchors and keypoints, float score and IoU, int32 most people; the output tensor, float.
// Output: one person a row: cx, cy, w, h, score, and x, y, score of each keypoint, float.
#include <stdio.h>
#include <stdlib.h>

#include "mpe_yolov8_pp_if.h"

static void fill(void* into, size_t size) {
    if (fread(into, 1, size, stdin) != size) abort();
}

int main(void) {
    int32_t   shape[2], most;
    float32_t thresholds[2];
    fill(shape, sizeof shape);
    fill(thresholds, sizeof thresholds);
    fill(&most, sizeof most);
    const size_t values = (size_t)(5 + 3 * shape[1]) * shape[0];
    float32_t*   tensor = malloc(values * sizeof *tensor);
    fill(tensor, values * sizeof *tensor);

    mpe_pp_outBuffer_t* people = calloc(shape[0], sizeof *people);
    for (int32_t index = 0; index < shape[0]; ++index) {
        people[index].pKeyPoints = calloc(shape[1], sizeof *people[index].pKeyPoints);
    }
    mpe_yolov8_pp_in_centroid_t  input      = {tensor};
    mpe_pp_out_t                 output     = {people, 0};
    mpe_yolov8_pp_static_param_t parameters = {1, shape[0], most, thresholds[0], thresholds[1], 0, shape[1]};
    mpe_yolov8_pp_reset(&parameters);
    if (mpe_yolov8_pp_process(&input, &output, &parameters) != 0) return 1;
    for (int32_t index = 0; index < output.nb_detect; ++index) {
        const mpe_pp_outBuffer_t* person = &people[index];
        const float32_t box[] = {person->x_center, person->y_center, person->width, person->height, person->conf};
        fwrite(box, sizeof box, 1, stdout);
        fwrite(person->pKeyPoints, sizeof *person->pKeyPoints, shape[1], stdout);
    }
    return 0;
}
