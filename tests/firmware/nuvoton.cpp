// Nuvoton's own post-processing of YOLOv8n-pose and YOLOv8n-od, fed from a file; compiled by test_nuvoton_samples.py
// with SAMPLE (the .cpp file), OUTPUTS, and POSE or not.
//
// Input: int32 frame width and height, side of the network, float threshold; for each output in the model's order
// float scale, int32 zero point, rows and columns, and the int8 values.
// Standard output: one result a line: x, y, w, h, then x, y and visibility of each keypoint, or class and score.
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

struct TfLiteIntArray { int size; int data[4]; };
struct TfLiteFloatArray { int size; float data[1]; };
struct TfLiteAffineQuantization { TfLiteFloatArray* scale; TfLiteIntArray* zero_point; };
struct TfLiteQuantization { void* params; };
struct TfLiteTensor {
    struct { int8_t* int8; } data;
    TfLiteIntArray*    dims;
    TfLiteQuantization quantization;
    size_t             bytes;
};
static TfLiteTensor tensors[OUTPUTS];

namespace arm { namespace app {
namespace math {
struct MathUtils {
    static float SigmoidF32(float x) { return 1.0f / (1.0f + std::exp(-x)); }
    static void  SoftmaxF32(std::vector<float>& values) {
        float most = values[0], sum = 0;
        for (float value : values) most = std::max(most, value);
        for (float& value : values) sum += value = std::exp(value - most);
        for (float& value : values) value /= sum;
    }
};
}
struct Model { TfLiteTensor* GetOutputTensor(size_t index) const { return &tensors[index]; } };
struct YOLOv8nPoseModel : Model {};
struct YOLOv8nODModel : Model {};
}}

#include SAMPLE

template <typename T> static T read() {
    T value;
    if (fread(&value, sizeof value, 1, stdin) != 1) abort();
    return value;
}

int main() {
    const auto width = read<int32_t>(), height = read<int32_t>(), side = read<int32_t>();
    const auto threshold = read<float>();
    for (auto& tensor : tensors) {
        auto* scale = new TfLiteFloatArray{1, {read<float>()}};
        auto* zero  = new TfLiteIntArray{1, {read<int32_t>()}};
        tensor.quantization.params = new TfLiteAffineQuantization{scale, zero};
        const auto rows = read<int32_t>(), columns = read<int32_t>();
        tensor.dims  = new TfLiteIntArray{3, {1, rows, columns}};
        tensor.bytes = rows * columns;
        tensor.data.int8 = new int8_t[tensor.bytes];
        if (fread(tensor.data.int8, 1, tensor.bytes, stdin) != tensor.bytes) abort();
    }
#ifdef POSE
    arm::app::YOLOv8nPoseModel model;
    arm::app::yolov8n_pose::YOLOv8nPosePostProcessing process(&model, threshold);
    std::vector<arm::app::yolov8n_pose::PoseResult>   results;
    process.RunPostProcessing(side, side, width, height, results);
    for (auto& result : results) {
        printf("%d %d %d %d", result.m_poseBox.x, result.m_poseBox.y, result.m_poseBox.w, result.m_poseBox.h);
        for (auto& point : result.m_keyPoints) printf(" %d %d %.6f", point.x, point.y, point.visible);
        printf("\n");
    }
#else
    arm::app::YOLOv8nODModel model;
    arm::app::yolov8n_od::YOLOv8nODPostProcessing        process(&model, threshold);
    std::vector<arm::app::yolov8n_od::DetectionResult>   results;
    process.RunPostProcessing(side, side, width, height, results);
    for (auto& result : results) {
        auto& box = result.m_detectBox;
        printf("%d %d %d %d %d %.6f\n", box.x, box.y, box.w, box.h, box.cls, box.normalisedVal);
    }
#endif
}
