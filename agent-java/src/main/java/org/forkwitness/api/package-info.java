/**
 * What a Java program can tell the agent that runs in its JVM. For Java 11 and newer, and without any dependency: this
 * package alone is {@code forkwitness-api.jar}.
 */
package org.forkwitness.api;
