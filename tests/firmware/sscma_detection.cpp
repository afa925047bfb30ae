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

using namespace edgelab;

template <typename T> static T read() {
    T value;
    if (fread(&value, sizeof value, 1, stdin) != 1) abort();
    return value;
}

struct Outputs final : base::Engine {
    std::vector<uint8_t>             input;
    int                              input_shape[4];
    std::vector<std::vector<int>>    shapes;
    std::vector<std::vector<int8_t>> tensors;
    std::vector<el_quant_param_t>    quantization;

    el_err_code_t    init() override { return EL_OK; }
    el_err_code_t    init(size_t) override { return EL_OK; }
    el_err_code_t    init(void*, size_t) override { return EL_OK; }
    el_err_code_t    run() override { return EL_OK; }
    el_err_code_t    load_model(const void*, size_t) override { return EL_OK; }
    el_err_code_t    set_input(size_t, const void*, size_t) override { return EL_OK; }
    void*            get_input(size_t) override { return input.data(); }
    void*            get_output(size_t index) override { return tensors[index].data(); }
    el_shape_t       get_input_shape(size_t) const override { return {4, const_cast<int*>(input_shape)}; }
    el_shape_t       get_output_shape(size_t index) const override { return {3, const_cast<int*>(shapes[index].data())}; }
    el_quant_param_t get_input_quant_param(size_t) const override { return {1.f / 255, -128}; }
    el_quant_param_t get_output_quant_param(size_t index) const override { return quantization[index]; }
                     operator bool() const override { return true; }
};

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
