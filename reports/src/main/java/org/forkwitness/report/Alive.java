package org.forkwitness.report;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * Threads of the process at the fork, the calling one included.
 *
 * @param total all of them
 * @param java Java threads
 * @param jvm threads of the JVM's own
 * @param nativeThreads all others
 */
public record Alive(
        int total,
        int java,
        int jvm,
        @JsonProperty("native") int nativeThreads) {}
