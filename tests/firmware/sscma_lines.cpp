// The lines that SSCMA-Micro prints, by its own code for them; compiled by test_sscma_lines.py, which extracts
// "utility_part.hpp" (the conversions of sscma/utility.hpp) and "hash_part.hpp" (the CRC) from a clone.
#include <cstdint>
#include <cstdio>
#include <forward_list>
#include <string>
#include <vector>

#include "core/el_types.h"
#include "utility_part.hpp"
#include "hash_part.hpp"

int main() {
    std::forward_list<el_keypoint_t> people;
    el_keypoint_t waving{};
    waving.box    = {117, 124, 118, 206, 82, 0};
    waving.pts    = {{120, 50, 91, 0}, {65530, 46, 0, 1}, {0, 239, 100, 2}};
    waving.score  = 82;
    people.push_front(waving);
    el_keypoint_t lonely{};
    lonely.box = {3, 2, 1, 0, 51, 0};
    people.push_front(lonely);
    std::forward_list<el_keypoint_t> nobody;
    el_model_info_t     model{1, EL_ALGO_TYPE_UNDEFINED, 0x400000, 0, nullptr};
    el_algorithm_info_t pose{EL_ALGO_TYPE_YOLO_POSE, EL_ALGO_CAT_POSE, EL_SENSOR_TYPE_CAM};
    el_img_t            frame{};
    frame.width = frame.height = 240;

    std::puts(results_2_json_str(people).c_str());
    std::puts(results_2_json_str(nobody).c_str());
    std::puts(model_info_2_json_str(model).c_str());
    std::puts(algorithm_info_2_json_str(&pose).c_str());
    std::puts(img_res_2_json_str(&frame).c_str());
    std::puts(quoted("a \"text\" with a \\ in it").c_str());
    std::string text{"eyJuYW1lIjoiYmVzdCJ9"};
    std::puts(std::to_string(el_crc16_maxim(reinterpret_cast<const uint8_t*>(text.data()), text.size())).c_str());
}
