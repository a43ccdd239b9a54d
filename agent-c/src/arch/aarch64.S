/* fw_hook_vfork, fw_hook_dlsym and fw_hook_syscall for aarch64 (AAPCS64). */
#if defined(__aarch64__)
    .text

/* pid_t fw_hook_vfork(void)
 * The return address stays in x30, which the system call preserves, while the child uses the stack below; the caller's
 * x19..x29 are never touched. clone with CLONE_VM | CLONE_VFORK | SIGCHLD is vfork, as in glibc
 * (sysdeps/unix/sysv/linux/aarch64/vfork.S). */
    .globl  fw_hook_vfork
    .hidden fw_hook_vfork
    .type   fw_hook_vfork, %function
    .p2align 4
fw_hook_vfork:
    .cfi_startproc
    stp     x29, x30, [sp, #-16]!
    .cfi_adjust_cfa_offset 16
    .cfi_rel_offset x29, 0
    .cfi_rel_offset x30, 8
    bl      fw_vfork_before
    ldp     x29, x30, [sp], #16
    .cfi_adjust_cfa_offset -16
    .cfi_restore x29
    .cfi_restore x30
    mov     x0, #0x4111             /* CLONE_VFORK | CLONE_VM | SIGCHLD */
    mov     x1, #0
    mov     x8, #220                /* SYS_clone */
    svc     #0
    stp     x29, x30, [sp, #-16]!
    .cfi_adjust_cfa_offset 16
    .cfi_rel_offset x29, 0
    .cfi_rel_offset x30, 8
    cbz     x0, 1f
    bl      fw_vfork_parent
    b       2f
1:
    bl      fw_child_begin_vfork
    mov     x0, #0
2:
    ldp     x29, x30, [sp], #16
    .cfi_adjust_cfa_offset -16
    .cfi_restore x29
    .cfi_restore x30
    ret
    .cfi_endproc
    .size   fw_hook_vfork, . - fw_hook_vfork

/* void *fw_hook_dlsym(void *handle, const char *name)
 * With RTLD_DEFAULT (0) and RTLD_NEXT (-1) dlsym finds the calling object by its return address: those pass through
 * with the registers as they came. */
    .globl  fw_hook_dlsym
    .hidden fw_hook_dlsym
    .type   fw_hook_dlsym, %function
    .p2align 4
fw_hook_dlsym:
    .cfi_startproc
    adrp    x16, fw_calm_page
    ldr     w16, [x16, :lo12:fw_calm_page]
    cmp     w16, #1                 /* FW_CALM */
    b.ne    4f
2:
    add     x16, x0, #1
    cmp     x16, #1
    b.ls    3f
    b       fw_dlsym
3:
    adrp    x16, fw_original_dlsym
    ldr     x16, [x16, :lo12:fw_original_dlsym]
    br      x16
4:
    stp     x29, x30, [sp, #-32]!
    .cfi_adjust_cfa_offset 32
    .cfi_rel_offset x29, 0
    .cfi_rel_offset x30, 8
    stp     x0, x1, [sp, #16]
    mov     x0, x30
    bl      fw_dlsym_called
    ldp     x0, x1, [sp, #16]
    ldp     x29, x30, [sp], #32
    .cfi_adjust_cfa_offset -32
    .cfi_restore x29
    .cfi_restore x30
    b       2b
    .cfi_endproc
    .size   fw_hook_dlsym, . - fw_hook_dlsym

/* long fw_hook_syscall(long number, ...)
 * The numbers of which fw_syscall may want to know go to it unless fw_syscall_is_ours says no (the kernel's
 * include/uapi/asm-generic/unistd.h; there is no fork and no dup2); all else passes through with the registers as they
 * came. */
    .globl  fw_hook_syscall
    .hidden fw_hook_syscall
    .type   fw_hook_syscall, %function
    .p2align 4
fw_hook_syscall:
    .cfi_startproc
    sub     w16, w0, #435           /* SYS_clone3, SYS_close_range */
    cmp     w16, #1
    b.ls    6f
    cmp     w0, #220                /* SYS_clone */
    b.eq    6f
    cmp     w0, #57                 /* SYS_close */
    b.eq    6f
    cmp     w0, #24                 /* SYS_dup3 */
    b.eq    6f
5:
    adrp    x16, fw_original_syscall
    ldr     x16, [x16, :lo12:fw_original_syscall]
    br      x16
6:
    stp     x29, x30, [sp, #-80]!
    .cfi_adjust_cfa_offset 80
    .cfi_rel_offset x29, 0
    .cfi_rel_offset x30, 8
    stp     x0, x1, [sp, #16]
    stp     x2, x3, [sp, #32]
    stp     x4, x5, [sp, #48]
    str     x6, [sp, #64]
    bl      fw_syscall_is_ours
    mov     w16, w0
    ldp     x0, x1, [sp, #16]
    ldp     x2, x3, [sp, #32]
    ldp     x4, x5, [sp, #48]
    ldr     x6, [sp, #64]
    ldp     x29, x30, [sp], #80
    .cfi_adjust_cfa_offset -80
    .cfi_restore x29
    .cfi_restore x30
    tst     w16, #0xff
    b.eq    5b
    b       fw_syscall
    .cfi_endproc
    .size   fw_hook_syscall, . - fw_hook_syscall

#endif
    .section .note.GNU-stack, "", %progbits
