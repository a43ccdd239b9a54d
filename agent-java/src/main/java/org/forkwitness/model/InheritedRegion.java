package org.forkwitness.model;

/**
 * A function that a thread of the parent was inside of when a child was forked.
 *
 * @param thread who was inside
 * @param function number of the function
 * @param site return address of the call, 0 where not known
 * @param sinceUs CLOCK_MONOTONIC of its entry, us; 0 where not known
 * @param epoch in which the address holds
 */
public record InheritedRegion(long thread, long function, long site, long sinceUs, long epoch) {}
