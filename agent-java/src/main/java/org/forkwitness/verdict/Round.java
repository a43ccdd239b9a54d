package org.forkwitness.verdict;

/**
 * One making of a report. What was made for an earlier report serves again where nothing has changed that it shows.
 *
 * @param number grows with each report
 * @param since records of this round and of later ones show what is known in general: threads, names, ELF objects
 */
public record Round(long number, long since) {}
