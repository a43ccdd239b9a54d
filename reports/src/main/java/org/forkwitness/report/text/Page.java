package org.forkwitness.report.text;

import java.util.ArrayList;
import java.util.List;

/** Text that grows line by line, wrapped at the layout's width. What comes from the watched process is made harmless. */
final class Page {
    private static final int LABEL = 10;

    private final Layout layout;
    private final StringBuilder text = new StringBuilder();

    Page(Layout layout) {
        this.layout = layout;
    }

    /** An empty line. */
    void blank() {
        text.append('\n');
    }

    /** One line of parts that is not wrapped: the parts are styled already. */
    void raw(String line) {
        text.append(line).append('\n');
    }

    /** A paragraph, wrapped; further lines stand two columns further in. */
    void paragraph(int indent, Style style, String paragraph) {
        List<String> lines = wrap(clean(paragraph), layout.width() - indent - 2);
        for (int i = 0; i < lines.size(); i++) {
            text.append(" ".repeat(i == 0 ? indent : indent + 2));
            raw(style.apply(layout, lines.get(i)));
        }
    }

    /** A label with what belongs to it, wrapped beside it. */
    void row(int indent, String label, String value) {
        int start = indent + LABEL;
        List<String> lines = wrap(clean(value), layout.width() - start);
        for (int i = 0; i < lines.size(); i++) {
            String left = i == 0 ? label : "";
            text.append(" ".repeat(indent)).append(Style.DIM.apply(layout, left));
            raw(" ".repeat(Math.max(1, LABEL - left.length())) + lines.get(i));
        }
    }

    String styled(Style style, String part) {
        return style.apply(layout, clean(part));
    }

    @Override
    public String toString() {
        return text.toString();
    }

    /** Control characters replaced: a thread's name must not drive the reader's terminal. */
    static String clean(String text) {
        StringBuilder clean = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            int type = Character.getType(c);
            if (type == Character.CONTROL || type == Character.FORMAT || type == Character.SURROGATE) {
                clean.append(String.format("\\x%02x", c));
            } else {
                clean.appendCodePoint(c);
            }
        });
        return clean.toString();
    }

    /** Broken at spaces. A word that is too long keeps its line whole: a cut location cannot be copied. */
    static List<String> wrap(String text, int width) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        int columns = 0;
        for (String word : text.split(" ", -1)) {
            int length = word.codePointCount(0, word.length());
            if (columns > 0 && columns + 1 + length > width) {
                lines.add(line.toString());
                line.setLength(0);
                columns = 0;
            }
            if (columns > 0) {
                line.append(' ');
                columns++;
            }
            line.append(word);
            columns += length;
        }
        lines.add(line.toString());
        return lines;
    }
}
