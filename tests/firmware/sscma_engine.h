// An engine whose outputs are read from standard input, for SSCMA-Micro's decoders; see sscma.cpp.
#pragma once
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "core/engine/el_engine_base.h"

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
