/**
 * The programs that the end-to-end tests run under the agent. Each prints what it did, one fact a line, so that a test
 * can compare it with the report. Lines that a test expects in a report bear a comment {@code HERE: name}.
 */
package org.forkwitness.scenarios;
