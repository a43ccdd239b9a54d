/* void *fw_hook_dlopen(const char *name, int mode)
 * Where fw_dlopen_is_ours says so, fw_dlopen makes the call; all else passes through with the stack and the registers as
 * they came, since dlopen finds the calling object by its return address. Both ways are jumps: whoever is called sees
 * the application's return address. */
    .text
    .globl  fw_hook_dlopen
    .hidden fw_hook_dlopen
    .p2align 4
#if defined(__x86_64__)
    .type   fw_hook_dlopen, @function
fw_hook_dlopen:
    .cfi_startproc
    endbr64
    pushq   %rdi
    .cfi_adjust_cfa_offset 8
    pushq   %rsi
    .cfi_adjust_cfa_offset 8
    subq    $8, %rsp
    .cfi_adjust_cfa_offset 8
    movq    24(%rsp), %rsi          /* the return address */
    call    fw_dlopen_is_ours
    addq    $8, %rsp
    .cfi_adjust_cfa_offset -8
    popq    %rsi
    .cfi_adjust_cfa_offset -8
    popq    %rdi
    .cfi_adjust_cfa_offset -8
    testb   %al, %al
    jnz     fw_dlopen
    movq    fw_original_dlopen(%rip), %rax
    jmp     *%rax
    .cfi_endproc
#elif defined(__aarch64__)
    .type   fw_hook_dlopen, %function
fw_hook_dlopen:
    .cfi_startproc
    stp     x29, x30, [sp, #-32]!
    .cfi_adjust_cfa_offset 32
    .cfi_rel_offset x29, 0
    .cfi_rel_offset x30, 8
    stp     x0, x1, [sp, #16]
    mov     x1, x30
    bl      fw_dlopen_is_ours
    mov     w16, w0
    ldp     x0, x1, [sp, #16]
    ldp     x29, x30, [sp], #32
    .cfi_adjust_cfa_offset -32
    .cfi_restore x29
    .cfi_restore x30
    tst     w16, #0xff
    b.ne    fw_dlopen
    adrp    x16, fw_original_dlopen
    ldr     x16, [x16, :lo12:fw_original_dlopen]
    br      x16
    .cfi_endproc
#endif
    .size   fw_hook_dlopen, . - fw_hook_dlopen
    .section .note.GNU-stack, "", %progbits
