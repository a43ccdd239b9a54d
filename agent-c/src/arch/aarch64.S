/* fw_hook_vfork and fw_hook_dlsym for aarch64 (AAPCS64). */
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
    add     x16, x0, #1
    cmp     x16, #1
    b.ls    3f
    b       fw_dlsym
3:
    adrp    x16, fw_original_dlsym
    ldr     x16, [x16, :lo12:fw_original_dlsym]
    br      x16
    .cfi_endproc
    .size   fw_hook_dlsym, . - fw_hook_dlsym

#endif
    .section .note.GNU-stack, "", %progbits
