package org.forkwitness.report.html;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.forkwitness.report.Frame;
import org.forkwitness.report.text.FrameText;
import org.forkwitness.report.text.Heading;
import org.forkwitness.report.text.Page;
import org.forkwitness.report.text.StackText;
import org.forkwitness.report.text.Style;

/** A page on which no stack is cut: frames that are plumbing are folded, and unfold by a click. */
final class HtmlPage implements Page {
    private final Markup markup;

    HtmlPage(Markup markup) {
        this.markup = markup;
    }

    /** Sections and headlines stand apart by themselves. */
    @Override
    public void blank() {}

    @Override
    public void title(String title, String rest) {
        markup.open("h2").text(title);
        if (!rest.isEmpty()) {
            markup.element("small", rest);
        }
        markup.closeLine();
    }

    /** The verdict in its color, in the element that is open. */
    void heading(Heading heading) {
        markup.element(
                        "span",
                        heading.verdictText(),
                        "class",
                        "verdict " + heading.verdict().text())
                .text(" " + heading.what() + " ")
                .element("small", heading.details());
    }

    @Override
    public void paragraph(int indent, Style style, String paragraph) {
        markup.element("p", paragraph, "class", classes(style, indent)).lines("\n");
    }

    @Override
    public void row(int indent, String label, String value) {
        markup.open("div", "class", "row " + indented(indent))
                .element("span", label, "class", "label")
                .text(" ")
                .element("span", value)
                .closeLine();
    }

    @Override
    public void stack(int indent, List<Frame> stack, Frame blame, int longest, String hint) {
        if (stack.isEmpty()) {
            return;
        }
        markup.open("ol", "class", "stack " + indented(indent));
        for (StackText.Piece piece : StackText.folded(stack, blame)) {
            if (piece.folded()) {
                markup.open("li", "class", "dim")
                        .open("details")
                        .element("summary", piece.text())
                        .open("ol");
                piece.frames().forEach(frame -> frame(frame, "dim"));
                markup.close().close().closeLine();
            } else {
                frame(piece.frames().get(0), piece.blamed() ? "blamed" : name(piece.style()));
            }
        }
        markup.closeLine();
    }

    private void frame(Frame frame, String look) {
        String source = source(frame);
        markup.element(
                        "li",
                        FrameText.of(frame),
                        source.isEmpty() ? new String[] {"class", look} : new String[] {"class", look, "title", source})
                .lines("\n");
    }

    /** What the line leaves out, shown where the pointer rests: the directories, and what addr2line(1) asks for. */
    private static String source(Frame frame) {
        String file = frame.file() == null || frame.line() == null ? frame.file() : frame.file() + ":" + frame.line();
        String place = frame.module() != null && frame.offset() != null ? frame.module() + "+" + frame.offset() : null;
        String buildId = frame.buildId() == null ? null : "build-id " + frame.buildId();
        return Stream.of(file, place, buildId).filter(Objects::nonNull).collect(Collectors.joining(", "));
    }

    @Override
    public String placeOfFork(long id) {
        return "fork " + id + " below";
    }

    @Override
    public String placeOfSite(long id) {
        return "site " + id;
    }

    private static String classes(Style style, int indent) {
        return name(style) + " " + indented(indent);
    }

    private static String name(Style style) {
        return style.name().toLowerCase(Locale.ROOT);
    }

    private static String indented(int indent) {
        return "in" + indent;
    }
}
