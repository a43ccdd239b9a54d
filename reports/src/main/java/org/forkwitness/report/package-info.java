/**
 * The report: its model, one record an object of the JSON, and how it is read and written.
 *
 * <p>All records are immutable and safe for use by many threads. Lists are copied, so that a report never changes
 * after it was made.
 */
package org.forkwitness.report;
