/* The stubs of child/stubs.h for x86-64 (System V ABI). */
#if defined(__x86_64__)
    .text

    .set    fw_number, 0

/* Nothing but r11 may change: arguments are in registers and on the stack, al counts the vector registers of a variadic
 * call, r10 is the static chain. */
    .macro  FW_STUB
    .balign 32
    endbr64
    cmpl    $1, fw_calm_page(%rip)  /* FW_CALM */
    jne     1f
    jmp     *(fw_originals + 8 * fw_number)(%rip)
1:  pushq   $fw_number
    .cfi_adjust_cfa_offset 8
    jmp     fw_stub_slow
    .cfi_adjust_cfa_offset -8
    .set    fw_number, fw_number + 1
    .endm

    .macro  FW_JNI_STUB
    .balign 32
    endbr64
    pushq   $fw_number
    .cfi_adjust_cfa_offset 8
    jmp     fw_jni_stub_slow
    .cfi_adjust_cfa_offset -8
    .set    fw_number, fw_number + 1
    .endm

/* At the stack's top the number, then the return address. Calls the function with both, and jumps to what it returns. */
    .macro  FW_SLOW function
    .cfi_startproc
    .cfi_def_cfa_offset 16
    .irp    register, rax, rcx, rdx, rsi, rdi, r8, r9, r10
    pushq   %\register
    .cfi_adjust_cfa_offset 8
    .endr
    subq    $128, %rsp
    .cfi_adjust_cfa_offset 128
    .irp    n, 0, 1, 2, 3, 4, 5, 6, 7
    movups  %xmm\n, 16 * \n(%rsp)
    .endr
    movl    128 + 64(%rsp), %edi
    movq    128 + 72(%rsp), %rsi
    call    \function
    movq    %rax, 128 + 64(%rsp)
    .irp    n, 0, 1, 2, 3, 4, 5, 6, 7
    movups  16 * \n(%rsp), %xmm\n
    .endr
    addq    $128, %rsp
    .cfi_adjust_cfa_offset -128
    .irp    register, r10, r9, r8, rdi, rsi, rdx, rcx, rax
    popq    %\register
    .cfi_adjust_cfa_offset -8
    .endr
    popq    %r11
    .cfi_adjust_cfa_offset -8
    jmp     *%r11
    .cfi_endproc
    .endm

    .type   fw_stub_slow, @function
    .p2align 4
fw_stub_slow:
    FW_SLOW fw_stub_call
    .size   fw_stub_slow, . - fw_stub_slow

    .type   fw_jni_stub_slow, @function
    .p2align 4
fw_jni_stub_slow:
    FW_SLOW fw_stub_jni_call
    .size   fw_jni_stub_slow, . - fw_jni_stub_slow

    .globl  fw_stubs
    .hidden fw_stubs
    .type   fw_stubs, @function
    .p2align 5
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
    .type   fw_jni_stubs, @function
    .p2align 5
    .set    fw_number, 0
fw_jni_stubs:
    .cfi_startproc
#define FW_JNI(name) FW_JNI_STUB;
#include "child/jni.def"
#undef FW_JNI
    .cfi_endproc
    .size   fw_jni_stubs, . - fw_jni_stubs

/* FW_JUMPS: a jump must not cross, or end at, a border of 32 bytes, where processors of Intel's from Skylake to Cascade Lake
 * decode it anew each time (Intel, Mitigations for Jump Conditional Code Erratum, 2019): that alone took malloc and free
 * from 1.12 of the plain pair to 1.30. */

/* The entries of hooks/allocator.h. */
    .type   fw_entry_slow, @function
    .p2align 4
fw_entry_slow:
    FW_SLOW fw_entry_call
    .size   fw_entry_slow, . - fw_entry_slow

    .set    fw_number, 1
#define FW_FUNCTION(name, category, kind) .set fw_number_of_##name, fw_number; .set fw_number, fw_number + 1;
#include "state/functions.def"
#undef FW_FUNCTION

    .macro  FW_ENTRY name
    .globl  fw_entry_\name
    .hidden fw_entry_\name
    .type   fw_entry_\name, @function
    .balign 64
fw_entry_\name:
    .cfi_startproc
    endbr64
    cmpl    $1, fw_calm_page(%rip)  /* FW_CALM */
    jne     1f
    movq    fw_entered_stack@gottpoff(%rip), %r11
    cmpq    $0, %fs:(%r11)
    je      1f
    movq    %rsp, %fs:(%r11)
    nop                             /* FW_JUMPS */
    jmp     *(fw_originals + 8 * fw_number_of_\name)(%rip)
1:  pushq   $fw_number_of_\name
    .cfi_adjust_cfa_offset 8
    jmp     fw_entry_slow
    .cfi_endproc
    .size   fw_entry_\name, . - fw_entry_\name
    .endm

    FW_ENTRY malloc
    FW_ENTRY calloc
    FW_ENTRY realloc
    FW_ENTRY free
    FW_ENTRY posix_memalign
    FW_ENTRY aligned_alloc
    FW_ENTRY memalign

/* The stubs of hooks/blocking.def. A thread whose slot does not know its place yet has nothing to say. */
    .macro  FW_BLOCKING_STUB
    .balign 64
    endbr64
    movq    fw_entered_stack@gottpoff(%rip), %r11
    cmpq    $0, %fs:(%r11)
    je      1f
    movq    $1, %fs:(%r11)          /* FW_ENTERED_NOTHING */
1:  .balign 32                      /* FW_JUMPS */
    jmp     *(fw_blocking_originals + 8 * fw_number)(%rip)
    .set    fw_number, fw_number + 1
    .endm

    .globl  fw_blocking_stubs
    .hidden fw_blocking_stubs
    .type   fw_blocking_stubs, @function
    .p2align 6
    .set    fw_number, 0
fw_blocking_stubs:
    .cfi_startproc
#define FW_BLOCKING(name) FW_BLOCKING_STUB;
#include "hooks/blocking.def"
#undef FW_BLOCKING
    .cfi_endproc
    .size   fw_blocking_stubs, . - fw_blocking_stubs

#endif
    .section .note.GNU-stack, "", %progbits
