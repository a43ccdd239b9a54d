package org.forkwitness.model;

import java.util.List;

/**
 * Where a vanished thread stood that held or was inside of something, with as much of its stack as the child sent: what
 * an unwinder begins with.
 *
 * @param thread the thread
 * @param site return address of the call that took the lock or entered the function
 * @param stackPointer the caller's stack pointer after that return
 * @param framePointer likewise; 0 where not known
 * @param lock the lock, where the thread was inside of nothing: its taker may have returned since; else 0
 * @param epoch in which the addresses hold
 * @param slices parts of the stack in the order of their addresses; they may touch, but do not overlap
 * @param javaFrames its Java frames, as in {@link StackTrace#javaFrames()}
 * @param python ids of its Python frames, as in {@link StackTrace#python()}
 */
public record HolderStack(
        long thread,
        long site,
        long stackPointer,
        long framePointer,
        long lock,
        long epoch,
        List<StackSlice> slices,
        long[] javaFrames,
        long[] python) {}
