package org.forkwitness.report;

/**
 * A function of the C library with state of its own that a thread was inside of.
 *
 * @param category what the state is: allocator, stdio, environment, timezone, loader, random, atexit, locale, resolver, syslog, ...
 * @param function the function
 * @param at who called it; null where not known
 * @param sinceMs milliseconds since it was entered; null where not known
 */
public record Region(String category, String function, Frame at, Double sinceMs) {
    public Region {
        Fields.required(category, "holders[].inside[].category");
        Fields.required(function, "holders[].inside[].function");
    }
}
