// Himax' own resize out of its library, on a Cortex-M55; compiled by test_against_sources.py.
//
// in.bin: int32 width, height, side of the network; three planes. out.bin: the network's square, RGB.
#include "cortex_m55.h"

extern "C" void hx_lib_image_resize_BGR8U3C_to_RGB24_helium(
  uint8_t*, uint8_t*, int, int, int, int, int, float, float);

__attribute__((section(".big"))) static uint8_t frame[400 * 1024], square[300 * 1024];

extern "C" void program() {
    int32_t size[3];
    int     file = open_file("in.bin", 1);
    read_file(file, size, sizeof size);
    const int width = size[0], height = size[1], side = size[2];
    read_file(file, frame, width * height * 3);
    // As cvapp_yolov8_pose.cpp computes them.
    const float across = (float)(width - 1) / (side - 1), down = (float)(height - 1) / (side - 1);
    hx_lib_image_resize_BGR8U3C_to_RGB24_helium(frame, square, width, height, 3, side, side, across, down);
    write_file(open_file("out.bin", 5), square, side * side * 3);
}
