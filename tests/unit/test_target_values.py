"""Every value of every target.toml, written out once more with where it comes from: a change has to be made twice.

A comment names the file and the commit of the firmware that a table was read from; what is no fact of a firmware but a
choice of edgecask is called that.
"""

import tomllib

import pytest

from edgecask.target.target import TARGETS, target_names

GROVE = {
    # What Seeed's web tool installs: SenseCraft-Web-Toolkit @7edd8f3 (release 20250102, inference).
    "title": "Grove Vision AI V2 (Seeed SSCMA firmware)",
    "firmware": "SSCMA-Micro 1.0.x",
    "family": "sscma",
    "tasks": ["pose", "detect"],
    # SSCMA-Micro @ff48a1c, core/algorithm/el_algorithm_yolo_pose.cpp, is_model_valid.
    "model": {
        "head": "raw",
        "classes": 1,
        "keypoint_dimensions": 3,
        "image_sizes": [192, 224, 256],
        "default_image_size": 192,
        "image_size_multiple": 32,
    },
    # SSCMA-Micro @ff48a1c, porting/himax/we2/el_camera_we2.cpp and drivers/drv_ov5647.c; core/utils/el_cv.cpp.
    "camera": {
        "frame": [240, 240],
        "sees": "240 × 240 pixels from the centre of 324 × 243: the aspect is kept, a quarter of "
        "the sensor's width is not seen",
        "colour": "yuv422",
        "crop": "camera",
        "not_emulated": [
            "the sensor, its exposure and white balance, and the demosaicing",
            "how the hardware makes YUV 4:2:2 of RGB (JPEG's formula and the mean of two columns are an inference)",
            "a hundredth of the height that the frame leaves out",
        ],
    },
    # SSCMA-Micro @ff48a1c, core/algorithm/el_algorithm_yolo_pose.cpp, is_model_valid and preprocess (−128);
    # core/utils/el_cv.cpp.
    "input": {
        "resize": "nearest-float32",
        "channels": [1, 3],
        "dtypes": ["int8"],
        "scale": 0.00392156862745098,
        "zero_point": -128,
    },
    # SSCMA-Micro @ff48a1c, core/algorithm/el_algorithm_yolo_pose.cpp, is_model_valid and init.
    "outputs": {
        "dtypes": ["int8"],
        "order": ["box_s8", "box_s16", "box_s32", "score_s8", "score_s16", "score_s32", "keypoints"],
        "order_matters": False,
    },
    # SSCMA-Micro @ff48a1c, core/algorithm/el_algorithm_yolo_pose.h:84 and .cpp, postprocess and anchor_nms.
    "nms": {
        "thresholds": "the firmware's default; a board keeps what AT+TSCORE and AT+TIOU set on it before, also over "
        "flashing",
        "score": 0.5,
        "score_comparison": ">=",
        "iou": 0.45,
        "iou_comparison": ">",
        "iou_formula": "exact",
        "ties": "later",
        "rounding": "nearest",
        "order": "ascending",
        "not_emulated": [
            "the last bit of single-precision arithmetic: a coordinate half-way between two pixels may be one off"
        ],
    },
    # SSCMA-Micro @ff48a1c, core/algorithm/el_algorithm_yolo_pose.cpp, postprocess: int8, one scale an output.
    "quantization": {
        "rounding": "sensitivity",
        "granularity": "per-tensor",
        "input_type": "int8",
        "output_type": "int8",
        "steps": ["per-tensor", "per-channel"],
    },
    # Vela's options as YOLOv8_on_WE2 (Himax), README.md, has them; edgecask's own choices: silu, zero_copy_concat,
    # prefetch,
    # cpu_operators.
    "compile": {
        "accelerator": "ethos-u55-64",
        "system_config": "My_Sys_Cfg",
        "memory_mode": "My_Mem_Mode_Parent",
        "optimise": "Performance",
        "cpu_operators": False,
        "silu": "table",
        "zero_copy_concat": True,
        "prefetch": True,
    },
    # sscma-example-we2 1.0.x @97978d9, EPII_CM55M_APP_S/library/inference/tflmtag2209_u55tag2205/third_party/
    # ethos_u_core_driver/src/ethosu_device_u55_u65.c and ethosu_driver.c; MACs and flash by vela_config.ini.
    "npu": {
        "command_stream": "COP1",
        "product": "Ethos-U55",
        "architecture": "1.0.6",
        "stream_version": 0,
        "custom_dma": False,
        "macs": 64,
        "flash_bytes_per_cycle": 0.125,
        "alignment": 16,
    },
    # SSCMA-Micro @ff48a1c, porting/himax/we2/el_config_porting.h:53 and el_flash_we2.cpp:77 (0x400000, 0xA00000 bytes).
    "memory": {
        "arena": "vela",
        "arena_limit_kib": 1110,
        "interpreter_kib": 2,
        "application_kib": 64,
        "arena_proven_kib": 1024,
        "flash_limit_kib": 10240,
    },
    # SSCMA-Micro @ff48a1c, porting/himax/we2/el_config_porting.h.
    "operators": {
        "registered": [
            "SOFTMAX",
            "PADV2",
            "TRANSPOSE",
            "ETHOS_U",
            "DEQUANTIZE",
            "QUANTIZE",
            "FULLY_CONNECTED",
            "GATHER",
            "RESHAPE",
            "MAX_POOL_2D",
            "MUL",
            "BROADCAST_TO",
            "MEAN",
            "BATCH_MATMUL",
        ]
    },
    # SSCMA-Micro @ff48a1c, porting/himax/we2/el_flash_we2.cpp:77; Seeed_Grove_Vision_AI_Module_V2 @d3265e2,
    # xmodem/xmodem_send.py and README.md.
    "flash": {
        "address": 4194304,
        "method": "xmodem",
        "baud_rate": 921600,
        "usb_ids": ["1a86:55d3", "1a86:55d2"],
        # WE2's flash map: sscma-example-we2 @97978d9, HimaxWiseEyePlus @d3265e2 (where Himax' apps read); how far the
        # two models of Himax reach is edgecask's own choice: to what follows.
        "areas": [
            {"address": 0x3BB000, "size": 0x45000, "what": "the model of Himax' pose app"},
            {
                "address": 0x3DF000,
                "size": 16,
                "what": "the device id of Seeed's firmware (AT+ID? will say another one)",
            },
            {"address": 0xB7B000, "size": 0x485000, "what": "the model of Himax' detection apps"},
        ],
    },
    # SSCMA-Micro @ff48a1c, porting/himax/we2/el_serial_we2.cpp; SenseCraft-Web-Toolkit @7edd8f3, deviceHimax.ts.
    "console": {"baud_rate": 921600, "reset_line": "rts"},
    # SSCMA-Micro, the commits themselves, porting/himax/we2/el_config_porting.h.
    "changes": [
        {"from": "2023-11-02", "source": "78cd079", "what": "the first firmware for the WE2", "arena_limit_kib": 600},
        {"from": "2023-11-29", "source": "5fe1f9f", "what": "a larger arena", "arena_limit_kib": 1200},
        {"from": "2023-11-30", "source": "cc88863", "what": "another operator", "operators": ["RESHAPE"]},
        {
            "from": "2024-01-11",
            "source": "c00a00b",
            "what": "YOLOv8 pose",
            "decoders": ["raw"],
            "operators": ["SOFTMAX"],
        },
        {"from": "2024-01-12", "source": "8b73a21", "what": "a smaller arena", "arena_limit_kib": 800},
        {"from": "2024-01-23", "source": "c8a2c81", "what": "another layout of memory", "arena_limit_kib": 1060},
        {
            "from": "2024-04-28",
            "source": "f4f3ddb",
            "what": "detection with six outputs, a larger arena",
            "decoders": ["detect-raw"],
            "operators": ["MAX_POOL_2D", "MUL", "BROADCAST_TO"],
            "arena_limit_kib": 1110,
        },
        {"from": "2024-05-28", "source": "331f29d", "what": "another operator", "operators": ["MEAN"]},
        {"from": "2025-01-02", "source": "ff48a1c", "what": "YOLO11", "operators": ["BATCH_MATMUL"]},
    ],
    # SenseCraft-Web-Toolkit @7edd8f3, src/sscma/types.ts.
    "vendor": {"device": "we2", "algorithm": "YOLOv8 Pose", "category": "Pose Detection"},
    "task": {
        "detect": {
            # SSCMA-Micro @ff48a1c, core/algorithm/el_algorithm_yolo_world.cpp, is_model_valid ("would fail if the model
            # has 64 classes") and postprocess; core/utils/el_nms.cpp.
            "model": {"head": "raw", "refused_classes": [64]},
            "outputs": {"order": ["box_s8", "box_s16", "box_s32", "score_s8", "score_s16", "score_s32"]},
            "nms": {
                "iou_formula": "centre-as-corner",
                "by_class": True,
                "rounding": "down-first",
                "order": "descending",
                "not_emulated": [
                    "the threshold in the codes of each output, rounded down: a box up to one of them below it is "
                    "shown, too",
                    "the last bit of single-precision arithmetic: a coordinate next to a whole pixel may be one off",
                ],
            },
            # core/el_types.h, EL_ALGO_TYPE_YOLO_WORLD; the category is of SenseCraft-Web-Toolkit (inference).
            "vendor": {"algorithm": "YOLO World", "category": "Object Detection"},
            # SSCMA-Micro @ff48a1c, core/algorithm/el_algorithm_yolov8.cpp, is_model_valid (5 to 84 rows).
            "also": [
                {
                    "model": {"head": "decoded", "max_classes": 80, "refused_classes": []},
                    "outputs": {"order": ["detections"]},
                    "nms": {
                        "score_comparison": ">",
                        "rounding": "clipped-first",
                        "order": "by-x",
                        "not_emulated": [],
                    },
                    "vendor": {"algorithm": "YOLOv8"},
                }
            ],
        }
    },
}

XIAO = {
    # sscma-example-esp32 1.1.x @f8732c1, components/sscma-micro: fb0c6ed.
    "title": "XIAO ESP32S3 (Seeed SSCMA firmware)",
    "firmware": "sscma-example-esp32 1.1.x",
    "family": "sscma",
    "tasks": ["pose", "detect"],
    # SSCMA-Micro @fb0c6ed, core/algorithm/el_algorithm_yolo_pose.cpp, is_model_valid.
    "model": {
        "head": "raw",
        "classes": 1,
        "keypoint_dimensions": 3,
        "image_sizes": [96, 128, 160, 192],
        "default_image_size": 192,
        "image_size_multiple": 32,
    },
    # SSCMA-Micro @fb0c6ed, porting/espressif/el_camera_esp.cpp; core/utils/el_cv.cpp.
    "camera": {
        "frame": [240, 240],
        "sees": "240 × 240 pixels from the centre: the aspect is kept, a quarter of the sensor's width is not seen",
        "colour": "rgb565",
        "crop": "camera",
        "not_emulated": [
            "the sensor, its exposure and white balance, and how it scales down",
            "how the sensor rounds to RGB565 (that it cuts bits off is an inference)",
        ],
    },
    # SSCMA-Micro @fb0c6ed, core/algorithm/el_algorithm_yolo_pose.cpp, is_model_valid and preprocess (−128);
    # core/utils/el_cv.cpp.
    "input": {
        "resize": "nearest-fixed-point",
        "channels": [1, 3],
        "dtypes": ["int8"],
        "scale": 0.00392156862745098,
        "zero_point": -128,
    },
    # SSCMA-Micro @fb0c6ed, core/algorithm/el_algorithm_yolo_pose.cpp, is_model_valid and init.
    "outputs": {
        "dtypes": ["int8"],
        "order": ["box_s8", "box_s16", "box_s32", "score_s8", "score_s16", "score_s32", "keypoints"],
        "order_matters": False,
    },
    # SSCMA-Micro @fb0c6ed, core/algorithm/el_algorithm_yolo_pose.h:96 and .cpp, postprocess and anchor_nms.
    "nms": {
        "thresholds": "the firmware's default; a board keeps what AT+TSCORE and AT+TIOU set on it before, also over "
        "flashing",
        "score": 0.5,
        "score_comparison": ">=",
        "iou": 0.45,
        "iou_comparison": ">",
        "iou_formula": "exact",
        "ties": "later",
        "rounding": "nearest",
        "order": "ascending",
        "not_emulated": [
            "the last bit of single-precision arithmetic: a coordinate half-way between two pixels may be one off",
            "coordinates left of or above the frame, which may come out as 65535 and less on the Xtensa (inference)",
        ],
    },
    # SSCMA-Micro @fb0c6ed, core/algorithm/el_algorithm_yolo_pose.cpp, postprocess: int8, one scale an output.
    "quantization": {
        "rounding": "sensitivity",
        "granularity": "per-tensor",
        "input_type": "int8",
        "output_type": "int8",
        "steps": ["per-tensor", "per-channel"],
    },
    # SSCMA-Micro @fb0c6ed, sscma/definations.hpp:6; sscma-example-esp32 @f8732c1,
    # examples/at_server_demo/partitions.csv.
    "memory": {"arena": "tflite-micro", "arena_limit_kib": 1024, "flash_limit_kib": 4096},
    # SSCMA-Micro @fb0c6ed, porting/espressif/el_config_porting.h.
    "operators": {
        "registered": [
            "CONV_2D",
            "RESHAPE",
            "SHAPE",
            "PACK",
            "PAD",
            "PADV2",
            "SUB",
            "ADD",
            "RELU",
            "MAX_POOL_2D",
            "SPLIT",
            "CONCATENATION",
            "FULLY_CONNECTED",
            "RESIZE_NEAREST_NEIGHBOR",
            "QUANTIZE",
            "TRANSPOSE",
            "LOGISTIC",
            "MUL",
            "SPLIT_V",
            "STRIDED_SLICE",
            "MEAN",
            "SOFTMAX",
            "DEPTHWISE_CONV_2D",
            "LEAKY_RELU",
        ]
    },
    # sscma-example-esp32 @f8732c1, examples/at_server_demo/partitions.csv; the chip's USB-JTAG id.
    "flash": {
        "address": 4194304,
        "method": "esptool",
        "chip": "esp32s3",
        "commands": ["esptool --chip esp32s3 write-flash 0x400000 MODEL.tflite"],
        "usb_ids": ["303a:1001"],
    },
    # SenseCraft-Web-Toolkit @7edd8f3, EspSerialDevice.ts.
    "console": {"baud_rate": 115200, "reset_line": "dtr"},
    # sscma-example-esp32 1.1.x, the commits themselves (components/sscma-micro).
    "changes": [
        {"from": "2023-11-03", "source": "e9ac442", "what": "the first with these operators", "arena_limit_kib": 1024},
        {"from": "2024-01-31", "source": "2c63457", "what": "YOLOv8 pose", "decoders": ["raw"]},
        # SSCMA-Micro 1.0.x itself, which no firmware for the XIAO that is given out has.
        {
            "from": "2024-04-28",
            "source": "f4f3ddb",
            "decoders": ["detect-raw"],
            "own_build": "sscma-micro-1.0.x",
            "what": "detection with six outputs, by a later SSCMA-Micro 1.0.x than Seeed's firmware has",
        },
    ],
    # SenseCraft-Web-Toolkit @7edd8f3, src/sscma/types.ts.
    "vendor": {"device": "xiao_esp32s3", "algorithm": "YOLOv8 Pose", "category": "Pose Detection"},
    # SSCMA-Micro @fb0c6ed, core/algorithm/el_algorithm_yolov8.cpp and core/utils/el_nms.cpp.
    "task": {
        "detect": {
            "model": {"head": "decoded", "max_classes": 80},
            "outputs": {"order": ["detections"]},
            "nms": {
                "score_comparison": ">",
                "iou_formula": "centre-as-corner",
                "by_class": True,
                "ties": "later",
                "rounding": "clipped-first",
                "order": "by-x",
                "not_emulated": [
                    "the last bit of single-precision arithmetic: a coordinate next to a whole pixel may be one off"
                ],
            },
            "vendor": {"algorithm": "YOLOv8", "category": "Object Detection"},
            # SSCMA-Micro @ff48a1c, core/algorithm/el_algorithm_yolo_world.cpp.
            "also": [
                {
                    "model": {"head": "raw", "max_classes": 0, "refused_classes": [64]},
                    "outputs": {
                        "order": ["box_s8", "box_s16", "box_s32", "score_s8", "score_s16", "score_s32"],
                    },
                    "nms": {"score_comparison": ">=", "rounding": "down-first", "order": "descending"},
                    "vendor": {"algorithm": "YOLO World"},
                }
            ],
        }
    },
}

GROVE_HIMAX = {
    # Seeed_Grove_Vision_AI_Module_V2 @d3265e2, EPII_CM55M_APP_S/app/scenario_app/tflm_yolov8_pose.
    "title": "Grove Vision AI V2 (Himax pose app)",
    "firmware": "tflm_yolov8_pose",
    "family": "himax",
    # Seeed_Grove_Vision_AI_Module_V2 @d3265e2, tflm_yolov8_pose/cvapp_yolov8_pose.cpp:39–56 (input size),
    # yolov8_pose_post_processing (17 keypoints).
    "model": {
        "head": "raw",
        "classes": 1,
        "keypoint_dimensions": 3,
        "keypoints": 17,
        "image_sizes": [192, 224, 256],
        "default_image_size": 256,
    },
    # Seeed_Grove_Vision_AI_Module_V2 @d3265e2, tflm_yolov8_pose/tflm_yolov8_pose.c.
    "camera": {
        "frame": [320, 240],
        "sees": "all of the sensor's 4:3, stretched to the square",
        "colour": "rgb",
        "crop": "camera",
        "not_emulated": ["the sensor, its exposure and white balance, and the demosaicing"],
    },
    # Seeed_Grove_Vision_AI_Module_V2 @d3265e2, tflm_yolov8_pose/cvapp_yolov8_pose.cpp; library/img_proc,
    # hx_lib_image_resize_BGR8U3C_to_RGB24_helium.
    "input": {
        "resize": "bilinear-aligned-corners",
        "channels": [3],
        "dtypes": ["int8"],
        "scale": 0.00392156862745098,
        "zero_point": -128,
    },
    # Seeed_Grove_Vision_AI_Module_V2 @d3265e2, tflm_yolov8_pose/cvapp_yolov8_pose.cpp, yolov8_pose_post_processing:
    # by index.
    "outputs": {
        "dtypes": ["int8"],
        "order": ["box_s16", "box_s8", "score_s32", "keypoints", "score_s8", "box_s32", "score_s16"],
        "order_matters": True,
    },
    # Seeed_Grove_Vision_AI_Module_V2 @d3265e2, tflm_yolov8_pose/cvapp_yolov8_pose.cpp:794 and yolo_postprocessing.cc;
    # library/spi_ptl/spi_protocol.h:29.
    "nms": {
        "thresholds": "constants of the app",
        "score": 0.25,
        "score_comparison": ">=",
        "iou": 0.45,
        "iou_comparison": ">",
        "iou_formula": "corner-as-centre",
        "ties": "std-sort",
        "maximum": 40,
        "rounding": "down-twice",
        "order": "ascending",
        "not_emulated": [
            "the last bit of single-precision arithmetic: a coordinate next to a whole pixel may be one off",
        ],
    },
    # Seeed_Grove_Vision_AI_Module_V2 @d3265e2, tflm_yolov8_pose/cvapp_yolov8_pose.cpp, yolov8_pose_post_processing:
    # int8, one scale an output.
    "quantization": {
        "rounding": "sensitivity",
        "granularity": "per-tensor",
        "input_type": "int8",
        "output_type": "int8",
        "steps": ["per-tensor", "per-channel"],
    },
    # Vela's options as YOLOv8_on_WE2 (Himax), README.md, has them; edgecask's own choices: silu, zero_copy_concat,
    # prefetch,
    # cpu_operators.
    "compile": {
        "accelerator": "ethos-u55-64",
        "system_config": "My_Sys_Cfg",
        "memory_mode": "My_Mem_Mode_Parent",
        "optimise": "Performance",
        "cpu_operators": False,
        "silu": "table",
        "zero_copy_concat": True,
        "prefetch": True,
    },
    # Seeed_Grove_Vision_AI_Module_V2 @d3265e2,
    # library/inference/tflmtag2412_u55tag2411/third_party/ethos_u_core_driver/src/ethosu_device_u55_u65.c
    # and ethosu_driver.c; MACs and flash by vela_config.ini.
    "npu": {
        "command_stream": "COP1",
        "product": "Ethos-U55",
        "architecture": "1.0.6",
        "stream_version": 0,
        "custom_dma": False,
        "macs": 64,
        "flash_bytes_per_cycle": 0.125,
        "alignment": 16,
    },
    # Seeed_Grove_Vision_AI_Module_V2 @d3265e2, tflm_yolov8_pose/cvapp_yolov8_pose.cpp:77–84 (arenas); 16 MiB of flash
    # less 0x3BB000.
    "memory": {
        "arena": "vela",
        "arena_limits_kib": {"192": 294, "224": 398, "256": 518},
        "interpreter_kib": 1.5,
        "flash_limit_kib": 12564,
    },
    # Seeed_Grove_Vision_AI_Module_V2 @d3265e2, tflm_yolov8_pose/cvapp_yolov8_pose.cpp:321–324.
    "operators": {"registered": ["ETHOS_U", "TRANSPOSE"]},
    # Seeed_Grove_Vision_AI_Module_V2, the commit itself, tflm_yolov8_pose.
    "changes": [{"from": "2024-01-23", "source": "04aab3e8", "what": "the app", "decoders": ["raw"]}],
    # Seeed_Grove_Vision_AI_Module_V2 @d3265e2, tflm_yolov8_pose/common_config.h:21 (0x3A3BB000),
    # xmodem/xmodem_send.py and README.md.
    "flash": {
        "address": 3911680,
        "method": "xmodem",
        "baud_rate": 921600,
        "usb_ids": ["1a86:55d3", "1a86:55d2"],
        # WE2's flash map: sscma-example-we2 @97978d9, HimaxWiseEyePlus @d3265e2 (where Himax' apps read); how far the
        # two models of Himax reach is edgecask's own choice: to what follows.
        "areas": [
            {
                "address": 0x3DF000,
                "size": 16,
                "what": "the device id of Seeed's firmware (AT+ID? will say another one)",
            },
            {"address": 0x400000, "size": 0xA00000, "what": "the model of Seeed's firmware"},
            {"address": 0xB7B000, "size": 0x485000, "what": "the model of Himax' detection apps"},
        ],
    },
    # HimaxWiseEyePlus @d3265e2, send_result.cpp and cvapp_yolov8_pose.cpp; 400 MHz is an inference.
    "console": {"baud_rate": 921600, "reset_line": "rts", "ticks_per_millisecond": 400_000},
}

STM32N6 = {
    # stm32ai-modelzoo-services @46924c0, pose_estimation; STM32N6-GettingStarted-PoseEstimation @0365ebf.
    "title": "STM32N6570-DK (Neural-ART)",
    "firmware": "ST model zoo services, pose estimation",
    "family": "st",
    "tasks": ["pose", "detect"],
    # STM32N6-GettingStarted-PoseEstimation @0365ebf, Middlewares/lib_vision_models_pp, mpe_pp_yolov8.c: one class,
    # any number of keypoints.
    "model": {
        "head": "decoded",
        "classes": 1,
        "keypoint_dimensions": 3,
        "image_sizes": [192, 256, 320],
        "default_image_size": 256,
        "image_size_multiple": 32,
    },
    # STM32N6-GettingStarted-PoseEstimation @0365ebf, Application/STM32N6570-DK/Src/app_camerapipeline.c.
    "camera": {
        "frame": [2592, 1944],
        "sees": "all of the sensor's 4:3, stretched to the square",
        "colour": "rgb",
        "crop": "camera",
        "not_emulated": [
            "the sensor and ST's image signal processor",
            "every other line and column that the DCMIPP leaves out before it averages, "
            "where it reduces eightfold or more",
        ],
    },
    # stm32ai-modelzoo-services @46924c0, pose_estimation/deployment/deploy.py (uint8, channels last);
    # STM32N6-GettingStarted-PoseEstimation @0365ebf, app_camerapipeline.c.
    "input": {
        "resize": "area-average",
        "channels": [3],
        "dtypes": ["uint8"],
        "scale": 0.00392156862745098,
        "zero_point": 0,
    },
    # stm32ai-modelzoo-services @46924c0, pose_estimation/src/utils/gen_h_file.py: POSTPROCESS_MPE_YOLO_V8_UF, (1, 5 +
    # 3K, F).
    "outputs": {"dtypes": ["float32"], "order": ["detections"], "order_matters": True},
    # stm32ai-modelzoo-services @46924c0, pose_estimation/src/config_file_examples/deployment_n6_yolo_mpe_config.yaml;
    # STM32N6-GettingStarted-PoseEstimation @0365ebf, mpe_pp_yolov8.c.
    "nms": {
        "thresholds": "what deployment.yaml asks for when ST's application is built",
        "score": 0.5,
        "score_comparison": ">=",
        "iou": 0.5,
        "iou_comparison": ">",
        "iou_formula": "exact",
        "ties": "earlier",
        "maximum": 10,
        "rounding": "none",
        "order": "descending",
        "not_emulated": [
            "who of equal scores is the better one where seven people or more take part (qsort leaves it open)"
        ],
    },
    # stm32-hotspot/ultralytics, examples/YOLOv8-STEdgeAI: per channel, uint8 in, float out.
    "quantization": {
        "rounding": "sensitivity",
        "granularity": "per-channel",
        "input_type": "uint8",
        "output_type": "float32",
    },
    # ST's data sheet of the STM32N6570-DK: AXISRAM, and the flash behind 0x70380000.
    "memory": {
        "arena": "unknown",
        "arena_note": "stedgeai reports it; AXISRAM2 has 1 MiB, AXISRAM3 to 6 have 448 KiB each",
        "flash_limit_kib": 62464,
    },
    # STM32N6-GettingStarted-PoseEstimation @0365ebf, README.md: loader, addresses and files.
    "flash": {
        "address": 1882718208,
        "method": "stm32",
        "loader": "MX66UW1G45G_STM32N6570-DK.stldr",
        "parts": [
            {"file": "ai_fsbl.hex"},
            {"file": "application_signed.hex", "address": 1880096768},
            {"file": "network_atonbuf.xSPI2.raw", "address": 1882718208},
        ],
    },
    # stm32ai-modelzoo-services @46924c0, pose_estimation/src/config_file_examples/deployment_n6_yolo_mpe_config.yaml,
    # src/utils/parse_config.py;
    # STM32N6-GettingStarted-PoseEstimation @0365ebf, Inc/display_keypoints_17.h and Src/display_mpe.c:138.
    "vendor": {
        "use_case": "pose_coco",
        "stedgeai_target": "stm32n6",
        "stedgeai_options": [
            "--st-neural-art",
            "default@user_neuralart_STM32N6570-DK.json",
            "--input-data-type",
            "uint8",
            "--inputs-ch-position",
            "chlast",
        ],
        "keypoints": 17,
        "keypoints_in": "Application/STM32N6570-DK/Inc/display_keypoints_17.h",
        "notes": ["Fill in path_to_stedgeai and path_to_cubeIDE."],
        "service": {
            "preprocessing": {"resizing": {"aspect_ratio": "fit", "interpolation": "nearest"}, "color_mode": "rgb"},
            "postprocessing": {"confidence_thresh": 0.5, "NMS_thresh": 0.5, "max_detection_boxes": 10},
            "tools": {
                "stedgeai": {
                    "version": "10.0.0",
                    "optimization": "balanced",
                    "on_cloud": False,
                    "path_to_stedgeai": "stedgeai",
                },
                "path_to_cubeIDE": "stm32cubeide",
            },
            "deployment": {
                "c_project_path": "../../application_code/pose_estimation/STM32N6/",
                "IDE": "GCC",
                "verbosity": 1,
                "hardware_setup": {"serie": "STM32N6", "board": "STM32N6570-DK"},
            },
        },
    },
    # STM32N6-GettingStarted-ObjectDetection @d306ecb, od_pp_yolov8.c; stm32ai-modelzoo-services @46924c0,
    # object_detection/src/config_file_examples/deployment_n6_yolov8_config.yaml.
    "task": {
        "detect": {
            "model": {"head": "decoded"},
            "camera": {
                "frame": [1944, 1944],
                "sees": "the middle of the sensor's 4:3, as high as that is: the aspect is kept, a "
                "quarter of the width is not seen",
            },
            "nms": {
                "score": 0.6,
                "by_class": True,
                "not_emulated": ["which of equal scores of a class is the better one (qsort leaves it open)"],
            },
            "vendor": {
                "use_case": "od_custom",
                "keypoints": 0,
                "model_type": "yolo_v8",
                "service": {
                    "preprocessing": {"resizing": {"aspect_ratio": "crop", "interpolation": "nearest"}},
                    "postprocessing": {"confidence_thresh": 0.6, "IoU_eval_thresh": 0.4},
                    "deployment": {"c_project_path": "../../application_code/object_detection/STM32N6/"},
                },
            },
        }
    },
}

STM32MP2 = {
    # stm32ai-modelzoo-services @46924c0, application_code/pose_estimation/STM32MP-LINUX.
    "title": "STM32MP257F-DK2 (NPU)",
    "firmware": "X-LINUX-AI 5.x",
    "family": "st",
    "tasks": ["pose", "detect"],
    # stm32ai-modelzoo-services @46924c0, application_code/pose_estimation/STM32MP-LINUX/Application/yolov8n_pose_pp.py.
    "model": {
        "head": "decoded",
        "classes": 1,
        "keypoint_dimensions": 3,
        "image_sizes": [256],
        "default_image_size": 256,
        "image_size_multiple": 32,
    },
    # stm32ai-modelzoo-services @46924c0, STM32MP-LINUX/Application/launch_python_pose_estimation.sh and
    # STM32MP2/setup_camera.sh.
    "camera": {
        "frame": [640, 480],
        "sees": "all of the sensor's 4:3, stretched to the square",
        "colour": "rgb565-replicated",
        "crop": "camera",
        "not_emulated": [
            "the sensor, its image signal processor, and how that scales down and rounds to RGB565",
            "the colour of a USB camera",
            "GStreamer's shorter numbers: its pixels are up to 1 of 255 off",
        ],
    },
    # stm32ai-modelzoo-services @46924c0, STM32MP-LINUX/Application/pose_estimation.py.
    "input": {
        "resize": "bilinear-half-pixel",
        "channels": [3],
        "dtypes": ["uint8"],
        "scale": 0.00392156862745098,
        "zero_point": 0,
    },
    # stm32ai-modelzoo-services @46924c0, STM32MP-LINUX/Application/yolov8n_pose_pp.py, post_process_YoloV8.
    "outputs": {"dtypes": ["float32"], "order": ["detections"], "order_matters": True},
    # stm32ai-modelzoo-services @46924c0, STM32MP-LINUX/Application/pose_estimation.py (0.75, 0.5) and
    # yolov8n_pose_pp.py.
    "nms": {
        "thresholds": "the application's defaults, which --conf_threshold and --iou_threshold change",
        "score": 0.75,
        "score_comparison": ">",
        "iou": 0.5,
        "iou_comparison": ">=",
        "iou_formula": "unclamped",
        "ties": "earlier",
        "rounding": "none",
        "order": "descending",
        "not_emulated": ["the last bit of single-precision arithmetic"],
    },
    # stm32ai-modelzoo-services @46924c0, pose_estimation/deployment/README_MPU.md: per tensor (_pt_uf_).
    "quantization": {
        "rounding": "sensitivity",
        "granularity": "per-tensor",
        "input_type": "uint8",
        "output_type": "float32",
    },
    # Nothing is limited but DDR.
    "memory": {"arena": "unknown", "arena_note": "the model is loaded into DDR by Linux", "flash_limit_kib": 1048576},
    # stm32ai-modelzoo-services @46924c0, common/deployment/common_deploy.py, stm32ai_deploy_mpu: scp.
    "flash": {"method": "copy", "commands": ["scp MODEL.nb root@BOARD:"]},
    # stm32ai-modelzoo-services @46924c0, pose_estimation/src/config_file_examples/deployment_mpu_config.yaml,
    # deployment/deploy.py:137.
    "vendor": {
        "use_case": "pose_coco",
        "stedgeai_target": "stm32mp25",
        "stedgeai_options": [],
        "keypoints": 17,
        "keypoints_in": "KEYPOINT_EDGE_TO_COLOR in Application/yolov8n_pose_pp.py",
        "notes": [
            "Fill in ip_address, and for path_to_cubeIDE any file that exists.",
            "ST's script knows the STM32MP257F-EV1. The STM32MP257F-DK2 takes the same .nb by scp.",
        ],
        "service": {
            "preprocessing": {"resizing": {"interpolation": "bilinear", "aspect_ratio": "fit"}, "color_mode": "rgb"},
            "tools": {
                "stedgeai": {
                    "version": "10.0.0",
                    "optimization": "balanced",
                    "on_cloud": True,
                    "path_to_stedgeai": "stedgeai",
                },
                "path_to_cubeIDE": "stm32cubeide",
            },
            "deployment": {
                "c_project_path": "../../application_code/pose_estimation/STM32MP-LINUX/",
                "label_file_path": ""
                "../../application_code/pose_estimation/STM32MP-LINUX/Resources/keypoints_yolov8.txt",
                "board_deploy_path": "/usr/local/pose-estimation",
                "verbosity": 1,
                "hardware_setup": {"serie": "STM32MP2", "board": "STM32MP257F-EV1", "ip_address": "X.X.X.X"},
            },
        },
    },
    # stm32ai-modelzoo-services @46924c0, object_detection/src/config_file_examples/deployment_mpu_config.yaml.
    "task": {
        "detect": {
            "model": {"head": "decoded"},
            "nms": {
                "thresholds": "what ST's YAML asks for; the application is yours to write",
                "score": 0.6,
                "score_comparison": ">=",
                "iou_comparison": ">",
                "iou_formula": "exact",
                "by_class": True,
                "maximum": 10,
                "not_emulated": ["any application: ST's own decodes no YOLOv8 detection on this board"],
            },
            "vendor": {
                "use_case": "od_custom",
                "keypoints": 0,
                "model_type": "yolo_v8",
                "remarks": [
                    "ST's Python application for object detection on this board decodes SSD alone: "
                    "an application of your own has to decode this output."
                ],
                "service": {
                    "postprocessing": {
                        "confidence_thresh": 0.6,
                        "NMS_thresh": 0.5,
                        "IoU_eval_thresh": 0.3,
                        "max_detection_boxes": 10,
                    },
                    "deployment": {
                        "c_project_path": "../../application_code/object_detection/STM32MP-LINUX/",
                        "label_file_path": ""
                        "../../application_code/object_detection/STM32MP-LINUX/Resources/labels_coco_dataset_80.txt",
                        "board_deploy_path": "/usr/local/object-detection",
                    },
                },
            },
        }
    },
}

# NUV is OpenNuvoton/ML_M55M1_SampleCode @b4fa393, M55M1BSP-3.01.002/SampleCode/NuEdgeWise/PoseLandmark_YOLOv8n.
NUMAKER_M55M1 = {
    "title": "NuMaker-M55M1 (Nuvoton's samples)",
    "firmware": "PoseLandmark_YOLOv8n",
    "family": "nuvoton",
    "tasks": ["pose", "detect"],
    # NUV Model/include/YOLOv8nPoseModel.hpp:14 (sizes), YOLOv8nPosePostProcessing.hpp:29 (keypoints),
    # YOLOv8nPosePostProcessing.cpp, CalDetectionBox (one class).
    "model": {
        "head": "raw",
        "classes": 1,
        "keypoint_dimensions": 3,
        "keypoints": 17,
        "image_sizes": [192, 224, 256],
        "default_image_size": 192,
    },
    # NUV main.cpp:136 (frame), Device/ImageSensor; M55M1BSP @c5b61ba, ThirdParty/openmv/omv/imlib/imlib.h.
    "camera": {
        "frame": [320, 240],
        "sees": "all of the sensor's 4:3, stretched to the square",
        "colour": "rgb565-replicated",
        "crop": "camera",
        "not_emulated": [
            "the sensor, its exposure and white balance",
            "how the camera interface makes RGB565 of the sensor's YUV 4:2:2 (that it cuts the lower bits off is an "
            "inference)",
        ],
    },
    # M55M1BSP @c5b61ba, ThirdParty/openmv/omv/imlib/imlib_nvt.c, imlib_nvt_scale; NUV main.cpp (−128).
    "input": {
        "resize": "nearest-exact",
        "channels": [3],
        "dtypes": ["int8"],
        "scale": 0.00392156862745098,
        "zero_point": -128,
    },
    # NUV YOLOv8nPosePostProcessing.hpp:20–28.
    "outputs": {
        "dtypes": ["int8"],
        "order": ["keypoints", "box_s8", "score_s16", "box_s32", "score_s8", "box_s16", "score_s32"],
        "order_matters": True,
    },
    # NUV main.cpp:45, YOLOv8nPosePostProcessing.cpp, CalculateNMS and RunPostProcessing.
    "nms": {
        "thresholds": "constants of the app",
        "score": 0.7,
        "score_comparison": ">=",
        "iou": 0.45,
        "iou_comparison": ">",
        "iou_formula": "corner-as-centre",
        "ties": "later",
        "rounding": "down-held",
        "order": "descending",
        "not_emulated": [
            "the last bit of single-precision arithmetic: a coordinate next to a whole pixel may be one off",
        ],
    },
    # NUV YOLOv8nPosePostProcessing.cpp: int8, the first scale of each output.
    "quantization": {
        "rounding": "sensitivity",
        "granularity": "per-tensor",
        "input_type": "int8",
        "output_type": "int8",
        "steps": ["per-tensor", "per-channel"],
    },
    # OpenNuvoton/ML_YOLO @9163ebf, yolov8_ultralytics/vela/variables.bat; edgecask's own choices: optimise, silu,
    # zero_copy_concat, prefetch, cpu_operators.
    "compile": {
        "accelerator": "ethos-u55-256",
        "system_config": "Ethos_U55_High_End_Embedded",
        "memory_mode": "Shared_Sram",
        "optimise": "Performance",
        "cpu_operators": False,
        "silu": "convolution",
        "zero_copy_concat": True,
        "prefetch": True,
    },
    # NUV Model/YOLOv8n-pose.tflite (what it was compiled for); flash by NuML_Toolkit @299554c, vela/default_vela.ini.
    "npu": {
        "command_stream": "COP1",
        "product": "Ethos-U55",
        "architecture": "1.0.6",
        "stream_version": 0,
        "custom_dma": False,
        "macs": 256,
        "flash_bytes_per_cycle": 1.0,
        "alignment": 16,
    },
    # NUV KEIL/PoseLandmark.uvprojx (ACTIVATION_BUF_SZ), main.cpp:43 (0x82400000); the rest is inferred.
    "memory": {
        "arena": "vela",
        "arena_limit_kib": 1024,
        "interpreter_kib": 24,
        "application_kib": 64,
        "flash_limit_kib": 4096,
    },
    # NUV Model/YOLOv8nPoseModel.cpp, EnlistOperations.
    "operators": {"registered": ["ETHOS_U", "TRANSPOSE"]},
    # NUV main.cpp, PrepareModelToHyperRAM; ffconf_M55M1.h:227 (FF_FS_EXFAT 0).
    "flash": {"method": "copy", "file_name": "YOLOv8n-pose.tflite", "file_systems": ["vfat"]},
    # The same repository, @b4fa393, …/NuEdgeWise/ObjectDetection_YOLOv8n: YOLOv8nODPostProcessing.hpp:20–26 and .cpp
    # (CalDetectionBox, CalculateNMS, RunPostProcessing), main.cpp:52 and :221, Model/include/YOLOv8nODModel.hpp:15;
    # that 64 classes are refused is edgecask's own.
    "task": {
        "detect": {
            "firmware": "ObjectDetection_YOLOv8n",
            "model": {"head": "raw", "refused_classes": [64]},
            "outputs": {"order": ["box_s8", "box_s16", "score_s8", "score_s32", "score_s16", "box_s32"]},
            "nms": {"score": 0.5, "by_class": True, "suppression": "every-class", "order": "as-left"},
            "flash": {"file_name": "YOLOv8n-od.tflite"},
            "vendor": {"stock_classes": 80},
        }
    },
}

# NE is wicevi/ne301 @527edc7, CamThink's firmware.
NE301 = {
    "title": "NeoEyes NE301 (CamThink)",
    "firmware": "CamThink ne301",
    "family": "camthink",
    "tasks": ["pose", "detect"],
    # NE Custom/Common/Lib/pp/pp_mpe_yolo_v8_uf.c, pp.h:79 (keypoints); NE Model/weights (256); the other sizes are
    # edgecask's choice.
    "model": {
        "head": "decoded",
        "classes": 1,
        "keypoint_dimensions": 3,
        "image_sizes": [192, 256, 320],
        "default_image_size": 256,
        "image_size_multiple": 32,
    },
    # NE Custom/Hal/camera.c:595 and camera.h:24, Custom/Services/Device/device_service.c:1767.
    "camera": {
        "frame": [1520, 1520],
        "sees": "the centre of the sensor's 2688 × 1520, as wide as it is high",
        "colour": "rgb",
        "crop": "camera",
        "not_emulated": [
            "the sensor and ST's image signal processor",
            "every other line and column that the DCMIPP leaves out before it averages, "
            "where it reduces eightfold or more",
        ],
    },
    # NE Model/weights/yolov8n_256_quant_pc_uf_pose_coco-st.json (uint8, 0–1); the DCMIPP as of stm32n6.
    "input": {
        "resize": "area-average",
        "channels": [3],
        "dtypes": ["uint8"],
        "scale": 0.00392156862745098,
        "zero_point": 0,
    },
    # NE Custom/Common/Lib/pp/pp_mpe_yolo_v8_uf.c, Middlewares/ST/lib_vision_models_pp, mpe_pp_yolov8.c.
    "outputs": {"dtypes": ["float32"], "order": ["detections"], "order_matters": True},
    # NE Custom/Core/System/json_config_mgr.c:36, Custom/Core/Video/video_ai_node.c:724; mpe_pp_yolov8.c.
    "nms": {
        "thresholds": "the camera's own setting, which its web page changes, and which overwrites that of the JSON",
        "score": 0.5,
        "score_comparison": ">=",
        "iou": 0.5,
        "iou_comparison": ">",
        "iou_formula": "exact",
        "ties": "earlier",
        "maximum": 10,
        "rounding": "none",
        "order": "descending",
        "not_emulated": [
            "who of equal scores is the better one where seven people or more take part (qsort leaves it open)"
        ],
    },
    # NE Model/weights: per channel (_pc_uf_).
    "quantization": {
        "rounding": "sensitivity",
        "granularity": "per-channel",
        "input_type": "uint8",
        "output_type": "float32",
    },
    # NE Model/mpools/stm32n6_reloc_yolov8_mpe.mpool, Custom/Common/Inc/mem_map.h:91–96.
    "memory": {
        "arena": "unknown",
        "arena_note": "stedgeai reports it; NE Model/mpools gives it AXISRAM3 to 6 (448 KiB each) and HyperRAM",
        "flash_limit_kib": 5120,
    },
    # NE Custom/Common/Inc/mem_map.h:91, Makefile, Model/README.md.
    "flash": {
        "address": 0x70900000,
        "method": "copy",
        "commands": [
            "make flash-model       # in a clone of camthink-ai/ne301, by STM32CubeProgrammer; writes to 0x70900000",
            "# or upload the package that make pkg-model makes on the web page of the camera",
        ],
    },
    # NE Model/weights/yolov8n_256_quant_pc_uf_pose_coco-st.json, Model/neural_art_reloc.json, pp.h:79.
    "vendor": {
        "use_case": "pose",
        "model_type": "POSE_ESTIMATION",
        "postprocess_type": "pp_mpe_yolo_v8_uf",
        "profile": "yolov8_mpe",
        "most_keypoints": 33,
        "memory": {
            "exec_memory_pool": 874512384,
            "exec_memory_size": 1835008,
            "ext_memory_pool": 2415919104,
            "ext_memory_size": 301056,
            "alignment_requirement": 32,
        },
        "runtime": {
            "execution": {"mode": "SYNC", "priority": 5, "timeout_ms": 5000},
            "memory_management": {
                "cache_policy": "WRITE_BACK",
                "memory_pool_size": 2097152,
                "garbage_collection": False,
            },
            "debugging": {"log_level": "INFO", "performance_monitoring": True, "memory_profiling": False},
        },
    },
    # NE Custom/Common/Lib/pp/pp_od_yolo_v8_uf.c and pp.h:58 (results are counted in eight bits), Middlewares/ST/
    # lib_vision_models_pp, od_pp_yolov8.c; Model/weights/yolov8n_256_quant_pc_uf_od_coco-person-st.json.
    "task": {
        "detect": {
            "model": {"head": "decoded"},
            "nms": {"by_class": True, "maximum": 255},
            "vendor": {
                "use_case": "od",
                "model_type": "OBJECT_DETECTION",
                "postprocess_type": "pp_od_yolo_v8_uf",
                "profile": "yolov8_od",
            },
        }
    },
}

# OMV is openmv/openmv @cbbb877.
OPENMV_AE3 = {
    "title": "OpenMV AE3",
    "firmware": "OpenMV, ml.postprocessing.ultralytics.YoloV8",
    "family": "openmv",
    "tasks": ["detect"],
    # OMV scripts/libraries/ml/ml-ultralytics/ml/postprocessing/ultralytics.py, YoloV8; 192 is lib/models/yolov8n_192's.
    "model": {
        "task": "detect",
        "head": "decoded",
        "image_sizes": [192, 224, 256],
        "default_image_size": 192,
        "image_size_multiple": 32,
    },
    # OMV scripts/examples/03-Machine-Learning/00-TensorFlow/yolo_v8_detector.py; drivers/sensors/pag7936.c:933–937.
    "camera": {
        "frame": [640, 400],
        "sees": "all of the sensor's 1280 × 800, stretched to the square",
        "colour": "rgb565-replicated",
        "crop": "camera",
        "not_emulated": [
            "the sensor, its exposure and white balance, and the demosaicing",
            "the whole numbers that OpenMV interpolates with, whose result is RGB565 once more",
        ],
    },
    # OMV scripts/libraries/ml/ml-core/ml/preprocessing.py; lib/imlib/draw.c:3285.
    "input": {
        "resize": "bilinear-half-shift",
        "channels": [1, 3],
        "dtypes": ["int8", "uint8", "float32"],
        "scale": 0.00392156862745098,
        "zero_point": -128,
    },
    # OMV scripts/libraries/ml/ml-core/ml/utils.py, quantize and dequantize.
    "outputs": {"dtypes": ["int8", "uint8", "float32"], "order": ["detections"], "order_matters": True},
    # OMV ultralytics.py, YoloV8.__init__; utils.py, NMS.
    "nms": {
        "thresholds": "what YoloV8() takes where a script says nothing else",
        "score": 0.6,
        "score_comparison": ">",
        "iou": 1.0,
        "iou_comparison": ">",
        "iou_formula": "exact",
        "ties": "earlier",
        "rounding": "input-pixels",
        "order": "descending",
        "suppression": "fading",
        "sigma": 0.1,
        "least": 0.1,
        "not_emulated": ["who of equal scores is the better one (MicroPython's sort leaves it open)"],
    },
    # Any that the library takes; int8 is what the NPU makes.
    "quantization": {
        "rounding": "sensitivity",
        "granularity": "per-tensor",
        "input_type": "int8",
        "output_type": "int8",
        "steps": ["per-tensor", "per-channel"],
    },
    # OMV ports/alif/alif.mk:125, boards/OPENMV_AE3/romfs_config.json; edgecask's own choices: silu, zero_copy_concat,
    # prefetch, cpu_operators.
    "compile": {
        "accelerator": "ethos-u55-256",
        "system_config": "RTSS_HP_SRAM_OSPI",
        "memory_mode": "Shared_Sram",
        "optimise": "Performance",
        "cpu_operators": True,
        "silu": "convolution",
        "zero_copy_concat": True,
        "prefetch": True,
    },
    # What Vela writes for an Ethos-U55-256; flash by OMV tools/vela.ini; OMV boards/OPENMV_AE3/romfs_config.json (16).
    "npu": {
        "command_stream": "COP1",
        "product": "Ethos-U55",
        "architecture": "1.0.6",
        "stream_version": 0,
        "custom_dma": False,
        "macs": 256,
        "flash_bytes_per_cycle": 0.416,
        "alignment": 16,
    },
    # OMV boards/OPENMV_AE3/board_config.h:106 and :141; the margins are inferred.
    "memory": {
        "arena": "vela",
        "arena_limit_kib": 4096,
        "interpreter_kib": 64,
        "application_kib": 1024,
        "flash_limit_kib": 24576,
    },
    # OMV lib/tflm/tflm_backend.cc.
    "operators": {
        "registered": [
            "ABS",
            "ADD",
            "ADD_N",
            "ARG_MAX",
            "ARG_MIN",
            "ASSIGN_VARIABLE",
            "AVERAGE_POOL_2D",
            "BATCH_MATMUL",
            "BATCH_TO_SPACE_ND",
            "BROADCAST_ARGS",
            "BROADCAST_TO",
            "CALL_ONCE",
            "CAST",
            "CEIL",
            "CONCATENATION",
            "CONV_2D",
            "COS",
            "CUMSUM",
            "DEPTHWISE_CONV_2D",
            "DEPTH_TO_SPACE",
            "DEQUANTIZE",
            "DIV",
            "ELU",
            "EMBEDDING_LOOKUP",
            "EQUAL",
            "ETHOS_U",
            "EXP",
            "EXPAND_DIMS",
            "FILL",
            "FLOOR",
            "FLOOR_DIV",
            "FLOOR_MOD",
            "FULLY_CONNECTED",
            "GATHER",
            "GATHER_ND",
            "GREATER",
            "GREATER_EQUAL",
            "HARD_SWISH",
            "IF",
            "L2_NORMALIZATION",
            "L2_POOL_2D",
            "LEAKY_RELU",
            "LESS",
            "LESS_EQUAL",
            "LOG",
            "LOGICAL_AND",
            "LOGICAL_NOT",
            "LOGICAL_OR",
            "LOGISTIC",
            "LOG_SOFTMAX",
            "MAXIMUM",
            "MAX_POOL_2D",
            "MEAN",
            "MINIMUM",
            "MIRROR_PAD",
            "MUL",
            "NEG",
            "NOT_EQUAL",
            "PACK",
            "PAD",
            "PADV2",
            "PRELU",
            "QUANTIZE",
            "READ_VARIABLE",
            "REDUCE_MAX",
            "RELU",
            "RELU6",
            "RESHAPE",
            "RESIZE_BILINEAR",
            "RESIZE_NEAREST_NEIGHBOR",
            "ROUND",
            "RSQRT",
            "SELECT_V2",
            "SHAPE",
            "SIN",
            "SLICE",
            "SOFTMAX",
            "SPACE_TO_BATCH_ND",
            "SPACE_TO_DEPTH",
            "SPLIT",
            "SPLIT_V",
            "SQRT",
            "SQUARE",
            "SQUARED_DIFFERENCE",
            "SQUEEZE",
            "STRIDED_SLICE",
            "SUB",
            "SUM",
            "SVDF",
            "TANH",
            "TRANSPOSE",
            "TRANSPOSE_CONV",
            "UNIDIRECTIONAL_SEQUENCE_LSTM",
            "UNPACK",
            "VAR_HANDLE",
            "WHILE",
            "ZEROS_LIKE",
        ]
    },
    # OMV scripts/libraries/ml/ml-core/ml/model.py (labels); docs.openmv.io (ROMFS).
    "flash": {
        "method": "copy",
        "commands": [
            "# copy MODEL.tflite, MODEL.txt and main.py to the drive of the camera (or its SD card), and reset it",
            "# or put MODEL.tflite and MODEL.txt into ROMFS with OpenMV IDE (Tools, Edit ROMFS); main.py to the drive",
        ],
    },
}

GROVE_HIMAX_YOLO11 = {
    # Seeed_Grove_Vision_AI_Module_V2 @d3265e2, scenario_app/tflm_yolo11_od; the rest as in the pose app.
    **{key: GROVE_HIMAX[key] for key in GROVE_HIMAX if key != "changes"},
    "title": "Grove Vision AI V2 (Himax YOLO11 detection app)",
    "firmware": "tflm_yolo11_od",
    "tasks": ["detect"],
    "model": {"task": "detect", "head": "levels", "image_sizes": [224], "default_image_size": 224},
    "outputs": {"dtypes": ["int8"], "order": ["level_s8", "level_s32", "level_s16"], "order_matters": True},
    "nms": {
        "thresholds": "constants of the app",
        "score": 0.25,
        "score_comparison": ">=",
        "iou": 0.45,
        "iou_comparison": ">",
        "iou_formula": "corner-as-centre",
        "ties": "std-sort",
        "maximum": 40,
        "rounding": "down",
        "order": "ascending",
        "not_emulated": [
            "the last bit of single-precision arithmetic: a coordinate next to a whole pixel may be one off"
        ],
    },
    "memory": {"arena": "vela", "arena_limits_kib": {"224": 442}, "interpreter_kib": 1.5, "flash_limit_kib": 4628},
    "operators": {"registered": ["TRANSPOSE", "BATCH_MATMUL", "ETHOS_U"]},
    "flash": {
        "address": 12038144,
        "method": "xmodem",
        "baud_rate": 921600,
        "usb_ids": ["1a86:55d3", "1a86:55d2"],
        "areas": [
            {"address": 3911680, "size": 282624, "what": "the model of Himax' pose app"},
            {"address": 4194304, "size": 10485760, "what": "the model of Seeed's firmware"},
            {"address": 12038144, "size": 4739072, "what": "the model of Himax' detection apps"},
        ],
    },
}

GROVE_HIMAX_YOLOV8 = {
    # Seeed_Grove_Vision_AI_Module_V2 @d3265e2, scenario_app/tflm_yolov8_od; the rest as in the pose app.
    **{key: GROVE_HIMAX[key] for key in GROVE_HIMAX if key != "changes"},
    "title": "Grove Vision AI V2 (Himax YOLOv8 detection app)",
    "firmware": "tflm_yolov8_od",
    "tasks": ["detect"],
    "model": {"task": "detect", "head": "split", "image_sizes": [192], "default_image_size": 192},
    "outputs": {"dtypes": ["int8"], "order": ["boxes", "scores"], "order_matters": True},
    "nms": {
        "thresholds": "constants of the app",
        "score": 0.25,
        "score_comparison": ">=",
        "iou": 0.45,
        "iou_comparison": ">",
        "iou_formula": "corner-as-centre",
        "ties": "std-sort",
        "maximum": 40,
        "rounding": "down",
        "order": "ascending",
        "not_emulated": [
            "the last bit of single-precision arithmetic: a coordinate next to a whole pixel may be one off"
        ],
    },
    "memory": {"arena": "vela", "arena_limits_kib": {"192": 1053}, "interpreter_kib": 1.5, "flash_limit_kib": 4628},
    "operators": {"registered": ["TRANSPOSE", "ETHOS_U"]},
    "flash": {
        "address": 12038144,
        "method": "xmodem",
        "baud_rate": 921600,
        "usb_ids": ["1a86:55d3", "1a86:55d2"],
        "areas": [
            {"address": 3911680, "size": 282624, "what": "the model of Himax' pose app"},
            {"address": 4194304, "size": 10485760, "what": "the model of Seeed's firmware"},
            {"address": 12038144, "size": 4739072, "what": "the model of Himax' detection apps"},
        ],
    },
}

WRITTEN_OUT = {
    "openmv-ae3": OPENMV_AE3,
    "ne301": NE301,
    "grove": GROVE,
    "xiao": XIAO,
    "grove-himax": GROVE_HIMAX,
    "grove-himax-yolov8": GROVE_HIMAX_YOLOV8,
    "grove-himax-yolo11": GROVE_HIMAX_YOLO11,
    "stm32n6": STM32N6,
    "stm32mp2": STM32MP2,
    "numaker-m55m1": NUMAKER_M55M1,
}


def test_every_target_is_written_out():
    assert sorted(WRITTEN_OUT) == target_names()


@pytest.mark.parametrize("name", target_names())
def test_every_value(name):
    assert tomllib.loads((TARGETS / name / "target.toml").read_text()) == WRITTEN_OUT[name]
