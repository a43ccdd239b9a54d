package org.forkwitness.report;

/**
 * An open file descriptor.
 *
 * @param fd its number
 * @param kind socket, pipe, file, ...
 * @param target what {@code /proc/PID/fd} calls it; null where not known
 */
public record Descriptor(int fd, String kind, String target) {
    public Descriptor {
        Fields.required(kind, "child.descriptors[].kind");
    }
}
