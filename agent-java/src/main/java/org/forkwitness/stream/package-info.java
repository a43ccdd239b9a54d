/**
 * The stream from the agent: its record types and keys, and a reader that survives any bytes.
 *
 * <p>{@code agent-c/src/stream/records.def} is the list that both sides follow.
 */
package org.forkwitness.stream;
