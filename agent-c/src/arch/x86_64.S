/* fw_hook_vfork, fw_hook_dlsym and fw_hook_syscall for x86-64 (System V ABI). */
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
    cmpl    $1, fw_calm_page(%rip)  /* FW_CALM */
    jne     3f
1:
    leaq    1(%rdi), %rax
    cmpq    $1, %rax
    jbe     2f
    jmp     fw_dlsym
2:
    movq    fw_original_dlsym(%rip), %rax
    jmp     *%rax
3:
    pushq   %rdi
    .cfi_adjust_cfa_offset 8
    pushq   %rsi
    .cfi_adjust_cfa_offset 8
    subq    $8, %rsp
    .cfi_adjust_cfa_offset 8
    movq    24(%rsp), %rdi          /* the return address */
    call    fw_dlsym_called
    addq    $8, %rsp
    .cfi_adjust_cfa_offset -8
    popq    %rsi
    .cfi_adjust_cfa_offset -8
    popq    %rdi
    .cfi_adjust_cfa_offset -8
    jmp     1b
    .cfi_endproc
    .size   fw_hook_dlsym, . - fw_hook_dlsym

/* long fw_hook_syscall(long number, ...)
 * The numbers of which fw_syscall may want to know go to it unless fw_syscall_is_ours says no (syscalls(2), the kernel's
 * arch/x86/entry/syscalls/syscall_64.tbl); all else passes through with the stack as it came. */
    .globl  fw_hook_syscall
    .hidden fw_hook_syscall
    .type   fw_hook_syscall, @function
    .p2align 4
fw_hook_syscall:
    .cfi_startproc
    endbr64
    leal    -56(%rdi), %eax         /* SYS_clone, SYS_fork */
    cmpl    $1, %eax
    jbe     2f
    leal    -435(%rdi), %eax        /* SYS_clone3, SYS_close_range */
    cmpl    $1, %eax
    jbe     2f
    cmpl    $3, %edi                /* SYS_close */
    je      2f
    cmpl    $33, %edi               /* SYS_dup2 */
    je      2f
    cmpl    $292, %edi              /* SYS_dup3 */
    je      2f
1:
    movq    fw_original_syscall(%rip), %rax
    jmp     *%rax
2:
    .irp    register, rdi, rsi, rdx, rcx, r8, r9
    pushq   %\register
    .cfi_adjust_cfa_offset 8
    .endr
    subq    $8, %rsp
    .cfi_adjust_cfa_offset 8
    call    fw_syscall_is_ours
    addq    $8, %rsp
    .cfi_adjust_cfa_offset -8
    .irp    register, r9, r8, rcx, rdx, rsi, rdi
    popq    %\register
    .cfi_adjust_cfa_offset -8
    .endr
    testb   %al, %al
    jz      1b
    jmp     fw_syscall
    .cfi_endproc
    .size   fw_hook_syscall, . - fw_hook_syscall

#endif
    .section .note.GNU-stack, "", %progbits
