/* The stubs of child/stubs.h for aarch64 (AAPCS64). */
#if defined(__aarch64__)
    .text

    .set    fw_number, 0

/* Nothing but x16 and x17, which a linker's veneer may change as well, and the flags may change: arguments are in x0..x7,
 * v0..v7 and on the stack, x8 points at a large result. */
    .macro  FW_STUB
    .balign 64
    hint    #34                     /* bti c */
    adrp    x16, fw_calm_page
    ldr     w16, [x16, :lo12:fw_calm_page]
    cmp     w16, #1                 /* FW_CALM */
    b.ne    1f
    adrp    x16, fw_originals + 8 * fw_number
    ldr     x16, [x16, :lo12:(fw_originals + 8 * fw_number)]
    br      x16
1:  mov     w16, #fw_number
    b       fw_stub_slow
    .set    fw_number, fw_number + 1
    .endm

    .macro  FW_JNI_STUB
    .balign 64
    hint    #34                     /* bti c */
    mov     w16, #fw_number
    b       fw_jni_stub_slow
    .set    fw_number, fw_number + 1
    .endm

/* The number is in w16. Calls the function with it and the return address, and jumps to what it returns. */
    .macro  FW_SLOW function
    .cfi_startproc
    stp     x29, x30, [sp, #-224]!
    .cfi_adjust_cfa_offset 224
    .cfi_rel_offset x29, 0
    .cfi_rel_offset x30, 8
    stp     x0, x1, [sp, #16]
    stp     x2, x3, [sp, #32]
    stp     x4, x5, [sp, #48]
    stp     x6, x7, [sp, #64]
    str     x8, [sp, #80]
    stp     q0, q1, [sp, #96]
    stp     q2, q3, [sp, #128]
    stp     q4, q5, [sp, #160]
    stp     q6, q7, [sp, #192]
    mov     w0, w16
    mov     x1, x30
    bl      \function
    mov     x16, x0
    ldp     q6, q7, [sp, #192]
    ldp     q4, q5, [sp, #160]
    ldp     q2, q3, [sp, #128]
    ldp     q0, q1, [sp, #96]
    ldr     x8, [sp, #80]
    ldp     x6, x7, [sp, #64]
    ldp     x4, x5, [sp, #48]
    ldp     x2, x3, [sp, #32]
    ldp     x0, x1, [sp, #16]
    ldp     x29, x30, [sp], #224
    .cfi_adjust_cfa_offset -224
    .cfi_restore x29
    .cfi_restore x30
    br      x16
    .cfi_endproc
    .endm

    .type   fw_stub_slow, %function
    .p2align 4
fw_stub_slow:
    FW_SLOW fw_stub_call
    .size   fw_stub_slow, . - fw_stub_slow

    .type   fw_jni_stub_slow, %function
    .p2align 4
fw_jni_stub_slow:
    FW_SLOW fw_stub_jni_call
    .size   fw_jni_stub_slow, . - fw_jni_stub_slow

    .globl  fw_stubs
    .hidden fw_stubs
    .type   fw_stubs, %function
    .p2align 6
fw_stubs:
    .cfi_startproc
    FW_STUB
#define FW_FUNCTION(name, category, kind) FW_STUB;
#include "state/functions.def"
#undef FW_FUNCTION
    .cfi_endproc
    .size   fw_stubs, . - fw_stubs

    .globl  fw_jni_stubs
    .hidden fw_jni_stubs
    .type   fw_jni_stubs, %function
    .p2align 6
    .set    fw_number, 0
fw_jni_stubs:
    .cfi_startproc
#define FW_JNI(name) FW_JNI_STUB;
#include "child/jni.def"
#undef FW_JNI
    .cfi_endproc
    .size   fw_jni_stubs, . - fw_jni_stubs

#endif
    .section .note.GNU-stack, "", %progbits
