package org.forkwitness.report;

/**
 * A JVM.
 *
 * @param version {@code java.version}
 * @param vendor {@code java.vendor}
 * @param home {@code java.home}
 */
public record JvmInfo(String version, String vendor, String home) {}
