// Himax' own decoder on a Cortex-M55; compiled by test_against_sources.py with -DSIDE=192, 224 or 256.
//
// anchors.inc and decoder.inc are cut out of cvapp_yolov8_pose.cpp. in.bin: float scale and int32 zero point of seven
// outputs (boxes, scores, keypoints); the outputs, int8. out.bin: people as the app prints them, 16-bit numbers.
#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <forward_list>
#include <vector>

#include "cortex_m55.h"
#include "yolo_postprocessing.h"

using namespace std;

#define YOLOV8_POSE_INPUT_TENSOR_WIDTH SIDE
#define YOLOV8_POSE_INPUT_TENSOR_HEIGHT SIDE
#define HUMAN_POSE_POINT_NUM 17
#define KEYPOINT_NUM 17
#define MAX_TRACKED_YOLOV8_ALGO_RES 40

// Of library/spi_ptl/spi_protocol.h and send_result.h.
struct struct__box { uint32_t x, y, width, height; };
struct struct_human_pose { uint32_t x, y; float score; };
struct detection_yolov8_pose { struct__box bbox; float confidence; struct_human_pose hpr[17]; };
struct struct_yolov8_pose_algoResult { detection_yolov8_pose dypr[MAX_TRACKED_YOLOV8_ALGO_RES]; };
struct el_box_t { uint16_t x, y, w, h; uint8_t score, target; };
struct el_point_t { uint16_t x, y; uint8_t score, target; };
struct el_keypoint_t { el_box_t el_box; el_point_t el_keypoint[17]; };

// As much of TFLite Micro as the decoder looks at.
struct Integers { int data[4]; };
struct Floats { float data[1]; };
struct TfLiteAffineQuantization { Floats* scale; Integers* zero_point; };
struct TfLiteTensor {
    struct { int8_t* int8; } data;
    Integers* dims;
    struct { void* params; } quantization;
};
namespace tflite {
struct MicroInterpreter {
    TfLiteTensor  outputs[7];
    TfLiteTensor* output(int index) { return &outputs[index]; }
    int           outputs_size() { return 7; }
};
}  // namespace tflite

static uint32_t app_get_raw_width() { return 320; }
static uint32_t app_get_raw_height() { return 240; }

int            dim_total_size;
static float*  stride_756_1;
static float** anchor_756_2;

#include "anchors.inc"
#include "decoder.inc"

extern "C" void program() {
    const int grids[] = {SIDE / 8 * (SIDE / 8), SIDE / 16 * (SIDE / 16), SIDE / 32 * (SIDE / 32)};
    dim_total_size    = grids[0] + grids[1] + grids[2];
    stride_756_1      = (float*)calloc(dim_total_size, sizeof(float));
    anchor_756_2      = (float**)calloc(dim_total_size, sizeof(float*));
    for (int anchor = 0; anchor < dim_total_size; ++anchor) anchor_756_2[anchor] = (float*)calloc(2, sizeof(float));
    anchor_stride_matrix_construct();

    static const int         place[] = {1, 0, 5, 4, 6, 2, 3};  // where the app looks for them
    static Floats            scales[7];
    static Integers          zero_points[7];
    static Integers          shapes[7];
    static tflite::MicroInterpreter interpreter;
    const int                file = open_file("in.bin", 1);
    for (int index = 0; index < 7; ++index) {
        read_file(file, &scales[index], 4);
        read_file(file, &zero_points[index], 4);
    }
    for (int index = 0; index < 7; ++index) {
        const int rows = index < 6 ? grids[index % 3] : dim_total_size;
        const int columns = index < 3 ? 64 : index < 6 ? 1 : 51;
        auto&     tensor  = interpreter.outputs[place[index]];
        tensor.data.int8  = (int8_t*)malloc(rows * columns);
        read_file(file, tensor.data.int8, rows * columns);
        shapes[index]              = {{1, rows, columns, 0}};
        tensor.dims                = &shapes[index];
        tensor.quantization.params = new TfLiteAffineQuantization{&scales[index], &zero_points[index]};
    }

    static struct_yolov8_pose_algoResult result;
    forward_list<el_keypoint_t>          people;
    yolov8_pose_post_processing(&interpreter, 0.25, 0.45, &result, people);
    const int out = open_file("out.bin", 5);
    for (const auto& person : people) {
        const auto&      box = person.el_box;
        vector<uint16_t> line{box.x, box.y, box.w, box.h, box.score};
        for (const auto& point : person.el_keypoint) line.insert(line.end(), {point.x, point.y, point.score});
        write_file(out, line.data(), line.size() * sizeof line[0]);
    }
}
