// SSCMA-Micro's decoders of detection, fed from a file; compiled by test_sscma_detection.py.
//
// Input: int32 number of outputs (6: el_algorithm_yolo_world, 1: el_algorithm_yolov8), frame width and height, side of the
// network, score and IoU in percent; of each output float scale, int32 zero point, rows and columns, and its int8.
// Standard output: one box a line as the firmware prints it.
#include <cstdio>
#include <cstring>
#include <vector>

#include "core/algorithm/el_algorithm_yolo_world.h"
#include "core/algorithm/el_algorithm_yolov8.h"
#include "core/utils/el_cv.h"

#include "sscma_engine.h"

template <typename Algorithm> static void print(Outputs& engine, el_img_t& picture, int score, int iou) {
    Algorithm algorithm(&engine, score, iou);
    algorithm.run(&picture);
    for (const auto& box : algorithm.get_results())
        printf("%d %d %d %d %d %d\n", box.x, box.y, box.w, box.h, box.score, box.target);
}

int main() {
    const auto count = read<int32_t>(), width = read<int32_t>(), height = read<int32_t>();
    const auto side = read<int32_t>(), score = read<int32_t>(), iou = read<int32_t>();
    std::vector<uint8_t> frame(width * height * 2);

    Outputs engine;
    engine.input.resize(side * side * 3);
    engine.input_shape[0] = 1;
    engine.input_shape[1] = engine.input_shape[2] = side;
    engine.input_shape[3] = 3;
    for (int index = 0; index < count; ++index) {
        const auto scale = read<float>();
        engine.quantization.push_back({scale, read<int32_t>()});
        const auto rows = read<int32_t>(), columns = read<int32_t>();
        engine.shapes.push_back({1, rows, columns});
        engine.tensors.emplace_back(rows * columns);
        if (fread(engine.tensors.back().data(), 1, rows * columns, stdin) != size_t(rows * columns)) abort();
    }

    el_img_t picture{};
    picture.data   = frame.data();
    picture.size   = frame.size();
    picture.width  = width;
    picture.height = height;
    picture.format = EL_PIXEL_FORMAT_RGB565;
    picture.rotate = EL_PIXEL_ROTATE_0;
    if (count == 1)
        print<AlgorithmYOLOV8>(engine, picture, score, iou);
    else
        print<AlgorithmYOLOWorld>(engine, picture, score, iou);
}
