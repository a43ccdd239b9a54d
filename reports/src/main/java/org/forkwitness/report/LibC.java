package org.forkwitness.report;

/**
 * The C library of the process.
 *
 * @param name {@code glibc}, {@code musl} or {@code unknown}
 * @param version its version; null where not known
 */
public record LibC(String name, String version) {
    public LibC {
        Fields.required(name, "environment.libc.name");
    }
}
