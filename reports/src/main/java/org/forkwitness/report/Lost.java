package org.forkwitness.report;

/**
 * What did not arrive.
 *
 * @param records records of the stream that were written nowhere or damaged
 */
public record Lost(long records) {}
