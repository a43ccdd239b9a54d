package org.forkwitness.report.text;

import java.util.Locale;
import org.forkwitness.report.Verdict;

/**
 * The line above a site or a fork.
 *
 * @param verdict of the fork, or the worst of the site
 * @param what the call, and how often
 * @param details its number, when, and what else the verdict does not tell
 */
public record Heading(Verdict verdict, String what, String details) {
    /** The verdict as it stands in a headline. */
    public String verdictText() {
        return verdict.text().toUpperCase(Locale.ROOT);
    }
}
