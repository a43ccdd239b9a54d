/** The report as one self-contained HTML file. Entry point: {@link org.forkwitness.report.html.HtmlReport}. */
package org.forkwitness.report.html;
