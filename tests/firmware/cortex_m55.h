// What a program needs to run on qemu-system-arm's mps3-an547 (a Cortex-M55) and to reach files by semihosting.
#pragma once
#include <stddef.h>
#include <stdint.h>

extern "C" uint32_t stack_top;
extern "C" void     program();

static int semihost(int operation, void* arguments) {
    register int   r0 asm("r0") = operation;
    register void* r1 asm("r1") = arguments;
    asm volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

static int open_file(const char* name, int mode) {
    uint32_t length = 0;
    while (name[length]) ++length;
    uint32_t arguments[] = {(uint32_t)name, (uint32_t)mode, length};
    return semihost(0x01, arguments);
}

static void read_file(int file, void* into, size_t size) {
    uint32_t arguments[] = {(uint32_t)file, (uint32_t)into, size};
    semihost(0x06, arguments);
}

static void write_file(int file, const void* from, size_t size) {
    uint32_t arguments[] = {(uint32_t)file, (uint32_t)from, size};
    semihost(0x05, arguments);
}

[[noreturn]] static void stop(uint32_t code) {
    uint32_t arguments[] = {0x20026, code};
    semihost(0x20, arguments);
    for (;;) {
    }
}

__attribute__((section(".big"))) static uint8_t heap[1200 * 1024];
static uint8_t*                                 heap_end = heap;

extern "C" {
void* __dso_handle;
void* _sbrk(ptrdiff_t size) {
    uint8_t* before = heap_end;
    heap_end += (size + 15) & ~15;
    if (heap_end > heap + sizeof heap) stop(4);
    return before;
}
int getentropy(void*, size_t) { return 0; }
void _init() {}
void _fini() {}
void fault() { stop(3); }
void reset() {
    *(volatile uint32_t*)0xE000ED88 |= 0xF << 20;  // the coprocessors 10 and 11: floating point and Helium
    asm volatile("dsb\n isb");
    program();
    stop(0);
}
}

__attribute__((section(".vectors"), used)) static const void* const vectors[] = {
  &stack_top, (void*)reset, (void*)fault, (void*)fault, (void*)fault, (void*)fault, (void*)fault, (void*)fault,
};
