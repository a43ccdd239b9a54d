/** The report as text for a terminal. Entry point: {@link org.forkwitness.report.text.TextReport}. */
package org.forkwitness.report.text;
