package org.forkwitness.report.text;

import java.util.ArrayList;
import java.util.List;
import org.forkwitness.report.Frame;

/** Text that grows line by line, wrapped at the layout's width. */
final class TextPage implements Page {
    private static final int LABEL = 10;

    private final Layout layout;
    private final StringBuilder text = new StringBuilder();

    TextPage(Layout layout) {
        this.layout = layout;
    }

    /** An empty line. */
    @Override
    public void blank() {
        text.append('\n');
    }

    @Override
    public void title(String title, String rest) {
        line(styled(Style.BOLD, title) + Words.clean(rest));
    }

    /** The verdict in its color. Not wrapped: whoever looks for sites looks for these lines. */
    void heading(Heading heading) {
        line(styled(Style.of(heading.verdict()), heading.verdictText()) + "  " + heading.what() + "  "
                + styled(Style.DIM, heading.details()));
    }

    private void line(String styled) {
        text.append(styled).append('\n');
    }

    /** Wrapped; further lines stand two columns further in. */
    @Override
    public void paragraph(int indent, Style style, String paragraph) {
        List<String> lines = wrap(Words.clean(paragraph), layout.width() - indent - 2);
        for (int i = 0; i < lines.size(); i++) {
            text.append(" ".repeat(i == 0 ? indent : indent + 2));
            line(style.apply(layout, lines.get(i)));
        }
    }

    /** The value is wrapped beside its label. */
    @Override
    public void row(int indent, String label, String value) {
        int start = indent + LABEL;
        List<String> lines = wrap(Words.clean(value), layout.width() - start);
        for (int i = 0; i < lines.size(); i++) {
            String left = i == 0 ? label : "";
            text.append(" ".repeat(indent)).append(Style.DIM.apply(layout, left));
            line(" ".repeat(Math.max(1, LABEL - left.length())) + lines.get(i));
        }
    }

    @Override
    public void stack(int indent, List<Frame> stack, Frame blame, int longest, String hint) {
        boolean whole = longest == StackText.WHOLE;
        List<StackText.Piece> pieces = whole ? StackText.unfolded(stack, blame) : StackText.folded(stack, blame);
        for (int i = 0; i < pieces.size(); i++) {
            List<StackText.Piece> rest = pieces.subList(i, pieces.size());
            if (!whole && i >= longest && rest.stream().noneMatch(StackText.Piece::blamed)) {
                int left = rest.stream().mapToInt(p -> p.frames().size()).sum();
                paragraph(indent, Style.DIM, "... " + Words.count(left, "more frame") + hint);
                return;
            }
            StackText.Piece piece = pieces.get(i);
            paragraph(
                    piece.blamed() ? indent - 2 : indent,
                    piece.style(),
                    (piece.blamed() ? "> " : piece.folded() ? "... " : "") + piece.text());
        }
    }

    @Override
    public String placeOfFork(long id) {
        return "--fork " + id;
    }

    @Override
    public String placeOfSite(long id) {
        return "--site " + id;
    }

    private String styled(Style style, String part) {
        return style.apply(layout, Words.clean(part));
    }

    @Override
    public String toString() {
        return text.toString();
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
