// SSCMA-Micro's own decoder and colour conversion, fed from a file; compiled by test_against_sources.py.
//
// Input: int32 format (1 RGB565, 2 YUV 4:2:2), frame width and height, side of the network, keypoints, score and IoU in
// percent; the frame; float scale and int32 zero point of seven outputs (boxes, scores, keypoints); the outputs, int8.
// Standard output: one person a line as the firmware prints them. Standard error: the input tensor.
#include <cstdio>
#include <cstring>
#include <vector>

#include "core/algorithm/el_algorithm_yolo_pose.h"
#include "core/utils/el_cv.h"

#include "sscma_engine.h"

int main() {
    const auto format = read<int32_t>(), width = read<int32_t>(), height = read<int32_t>();
    const auto side = read<int32_t>(), keypoints = read<int32_t>(), score = read<int32_t>(), iou = read<int32_t>();
    std::vector<uint8_t> frame(width * height * 2);
    if (fread(frame.data(), 1, frame.size(), stdin) != frame.size()) abort();

    Outputs engine;
    engine.input.resize(side * side * 3);
    engine.input_shape[0] = 1;
    engine.input_shape[1] = engine.input_shape[2] = side;
    engine.input_shape[3] = 3;
    for (int index = 0; index < 7; ++index) {
        const auto scale = read<float>();
        engine.quantization.push_back({scale, read<int32_t>()});
    }
    const int grids[] = {side / 8 * (side / 8), side / 16 * (side / 16), side / 32 * (side / 32)};
    for (int index = 0; index < 7; ++index) {
        const int rows    = index < 6 ? grids[index % 3] : grids[0] + grids[1] + grids[2];
        const int columns = index < 3 ? 64 : index < 6 ? 1 : 3 * keypoints;
        engine.shapes.push_back({1, rows, columns});
        engine.tensors.emplace_back(rows * columns);
        if (fread(engine.tensors.back().data(), 1, rows * columns, stdin) != size_t(rows * columns)) abort();
    }

    AlgorithmYOLOPOSE algorithm(&engine, score, iou);
    el_img_t          picture{};
    picture.data   = frame.data();
    picture.size   = frame.size();
    picture.width  = width;
    picture.height = height;
    picture.format = format == 1 ? EL_PIXEL_FORMAT_RGB565 : EL_PIXEL_FORMAT_YUV422;
    picture.rotate = EL_PIXEL_ROTATE_0;
    algorithm.run(&picture);
    fwrite(engine.input.data(), 1, engine.input.size(), stderr);
    for (const auto& person : algorithm.get_results()) {
        const auto& box = person.box;
        printf("%d %d %d %d %d", box.x, box.y, box.w, box.h, box.score);
        for (const auto& point : person.pts) printf(" %d %d %d", point.x, point.y, point.score);
        printf("\n");
    }
}
