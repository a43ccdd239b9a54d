/* fw_hook_vfork and fw_hook_dlsym for x86-64 (System V ABI). */
#if defined(__x86_64__)
    .text

/* pid_t fw_hook_vfork(void)
 * The child returns through the very stack frame that the parent will use after it, and overwrites the return address
 * there: it is kept in rdi, which the system call preserves, as glibc does (sysdeps/unix/sysv/linux/x86_64/vfork.S). */
    .globl  fw_hook_vfork
    .hidden fw_hook_vfork
    .type   fw_hook_vfork, @function
    .p2align 4
fw_hook_vfork:
    .cfi_startproc
    endbr64
    subq    $8, %rsp
    .cfi_adjust_cfa_offset 8
    call    fw_vfork_before
    addq    $8, %rsp
    .cfi_adjust_cfa_offset -8
    popq    %rdi
    .cfi_adjust_cfa_offset -8
    .cfi_register %rip, %rdi
    movl    $58, %eax               /* SYS_vfork */
    syscall
    pushq   %rdi
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %rip, 0
    subq    $8, %rsp
    .cfi_adjust_cfa_offset 8
    testq   %rax, %rax
    jz      1f
    movq    %rax, %rdi
    call    fw_vfork_parent
    addq    $8, %rsp
    .cfi_adjust_cfa_offset -8
    ret
    .cfi_adjust_cfa_offset 8
1:
    call    fw_child_begin_vfork
    addq    $8, %rsp
    .cfi_adjust_cfa_offset -8
    xorl    %eax, %eax
    ret
    .cfi_endproc
    .size   fw_hook_vfork, . - fw_hook_vfork

/* void *fw_hook_dlsym(void *handle, const char *name)
 * With RTLD_DEFAULT (0) and RTLD_NEXT (-1) dlsym finds the calling object by its return address: those pass through
 * with the stack as it came. */
    .globl  fw_hook_dlsym
    .hidden fw_hook_dlsym
    .type   fw_hook_dlsym, @function
    .p2align 4
fw_hook_dlsym:
    .cfi_startproc
    endbr64
    leaq    1(%rdi), %rax
    cmpq    $1, %rax
    jbe     2f
    jmp     fw_dlsym
2:
    movq    fw_original_dlsym(%rip), %rax
    jmp     *%rax
    .cfi_endproc
    .size   fw_hook_dlsym, . - fw_hook_dlsym

#endif
    .section .note.GNU-stack, "", %progbits
