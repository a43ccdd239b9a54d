package org.forkwitness.report.text;

import java.util.List;
import org.forkwitness.report.Frame;

/**
 * What the sentences about a report are written to, one after the other: a terminal's text, or HTML. Whoever writes
 * says what something is, the page how it looks. Text that comes from the watched process is made harmless by the page.
 */
public interface Page {
    /** The end of what belongs together. */
    void blank();

    /**
     * A headline.
     *
     * @param rest what follows it, less prominent; may be empty
     */
    void title(String title, String rest);

    /** A paragraph, so many columns further in. */
    void paragraph(int indent, Style style, String paragraph);

    /**
     * A label with what belongs to it.
     *
     * @param label empty where the value continues that of the row before
     */
    void row(int indent, String label, String value);

    /**
     * A stack, innermost frame first, so that native frames stand above the Java frames that called them.
     *
     * @param blame is marked; null for none
     * @param longest how many lines of it are enough, but never before the blamed frame; {@link StackText#WHOLE} folds
     *     nothing and leaves out nothing
     * @param hint says where the rest of a long one can be seen
     */
    void stack(int indent, List<Frame> stack, Frame blame, int longest, String hint);

    /** Where all of a fork can be seen: the subject of "... shows all". */
    String placeOfFork(long id);

    /** Likewise of a site. */
    String placeOfSite(long id);
}
