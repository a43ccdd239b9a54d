package org.forkwitness.model;

import org.forkwitness.stream.Category;

/**
 * A function that is not async-signal-safe.
 *
 * @param number by which the stream names it
 * @param name its name
 * @param category what it may harm
 */
public record Function(long number, String name, Category category) {}
