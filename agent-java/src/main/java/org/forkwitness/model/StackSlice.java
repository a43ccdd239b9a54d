package org.forkwitness.model;

/**
 * A part of a vanished thread's stack.
 *
 * @param address where it began
 * @param bytes its content; not to be changed
 */
public record StackSlice(long address, byte[] bytes) {
    /** The first address behind it. */
    public long end() {
        return address + bytes.length;
    }
}
