package org.forkwitness.report.html;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.forkwitness.report.Fork;
import org.forkwitness.report.Frame;
import org.forkwitness.report.ProcessInfo;
import org.forkwitness.report.Report;
import org.forkwitness.report.Samples;
import org.forkwitness.report.Site;
import org.forkwitness.report.ThreadInfo;
import org.forkwitness.report.ThreadKind;
import org.forkwitness.report.text.Layout;
import org.forkwitness.report.text.Narration;
import org.forkwitness.report.text.TextReport;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class HtmlReportTest {
    private static final Report REPORT = Samples.everyField();

    /** So wide that no sentence is wrapped. */
    private static final Layout WIDE = new Layout(9999, false);

    @FunctionalInterface
    private interface Writing {
        void to(OutputStream out) throws IOException;
    }

    private static String html(Writing writing) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        writing.to(out);
        return out.toString(StandardCharsets.UTF_8);
    }

    private static Document parsed(Writing writing) throws Exception {
        byte[] bytes = html(writing).getBytes(StandardCharsets.UTF_8);
        return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new ByteArrayInputStream(bytes));
    }

    @Test
    void wholeReport() throws Exception {
        Samples.expect("every-field.html", html(out -> HtmlReport.write(REPORT, out)));
    }

    /** Whatever the terminal shows of a fork stands in the page, and of a site likewise, its own hints left out. */
    @Test
    void thePageTellsWhatTheTextTells() throws Exception {
        String page = words(parsed(out -> HtmlReport.write(REPORT, out)));
        for (Fork fork : REPORT.forks()) {
            assertTells(page, TextReport.fork(REPORT, fork.id(), WIDE).orElseThrow());
            assertTells(
                    words(parsed(out -> HtmlReport.write(REPORT, fork, out))),
                    TextReport.fork(REPORT, fork.id(), WIDE).orElseThrow());
        }
        assertTells(page, TextReport.render(REPORT, WIDE));
        for (Site site : REPORT.sites()) {
            String one = words(parsed(out -> HtmlReport.write(REPORT, site, out)));
            assertTrue(one.contains(site.reason()), one);
            assertTrue(one.contains("on web-3, site " + site.id() + " alone"), one);
            REPORT.notes().forEach(note -> assertTrue(one.contains(note), one));
            REPORT.sites().stream()
                    .filter(other -> other.id() != site.id())
                    .forEach(other -> assertFalse(one.contains("site " + other.id() + ","), one));
        }
    }

    private static void assertTells(String page, String text) {
        for (String line : text.lines().toList()) {
            String sentence = line.strip().replaceFirst("^> ", "").replaceAll("\\s+", " ");
            boolean hint = sentence.contains("--fork N") || sentence.startsWith("...") || sentence.contains("(--");
            assertTrue(hint || page.contains(sentence), () -> sentence + "\nis not in\n" + page);
        }
    }

    private static String words(Document page) {
        return page.getDocumentElement().getTextContent().replaceAll("\\s+", " ");
    }

    @Test
    void theOverviewTellsWhatIsKnownAndWhatIsMixed() throws Exception {
        Element overview = (Element) parsed(out -> HtmlReport.write(REPORT, out))
                .getElementsByTagName("nav")
                .item(0);
        for (Site site : REPORT.sites()) {
            String details = Narration.heading(site).details();
            assertTrue(overview.getTextContent().contains(details), details);
        }
        assertTrue(overview.getTextContent().contains("1 deadlocked, 1 unknown"), overview::getTextContent);
    }

    @Test
    void everyLinkHasItsPlace() throws Exception {
        Document page = parsed(out -> HtmlReport.write(REPORT, out));
        List<String> places = attributes(page, "*", "id");
        List<String> links = attributes(page, "a", "href");
        assertEquals(REPORT.sites().size(), links.size());
        links.forEach(link -> assertTrue(places.contains(link.substring(1)), link));
        assertEquals(places.size(), places.stream().distinct().count());
    }

    @Test
    void whateverIsCalledLikeMarkupStaysText() throws Exception {
        String name =
                "</style><script>alert(1)</script><img src=x onerror=\"x\" title='y'>&amp;\u0000\033[31m\uffff \ud83d\ude00";
        Frame frame = Frame.resolved("lib\"><b>.so", "f<int>", "/src/\"><script>.c", 7, "0x1", "ab\"<", false);
        ProcessInfo process = REPORT.process();
        Report hostile = new Report(
                REPORT.schema(),
                new ProcessInfo(
                        process.pid(),
                        process.ppid(),
                        name,
                        List.of("java", name),
                        process.jvm(),
                        process.startedAt(),
                        process.endedAt(),
                        process.end(),
                        name),
                REPORT.environment(),
                REPORT.summary(),
                null,
                List.of(new ThreadInfo(1, 2, name, ThreadKind.JAVA, null, null, List.of(frame), name, null)),
                null,
                null,
                List.of(name),
                null);
        Document page = parsed(out -> HtmlReport.write(hostile, out));
        for (String element : List.of("script", "img", "b")) {
            assertEquals(0, page.getElementsByTagName(element).getLength(), element);
        }
        assertEquals(1, page.getElementsByTagName("style").getLength());
        String shown = name.replace("\u0000", "\\x00").replace("\033", "\\x1b").replace("\uffff", "\\xffff");
        assertTrue(words(page).contains("java " + shown), words(page));
        assertTrue(
                attributes(page, "li", "title").contains("/src/\"><script>.c:7, lib\"><b>.so+0x1, build-id ab\"<"),
                () -> attributes(page, "li", "title").toString());
    }

    @Test
    void ofManyForksTheWitnessAndTheWorstAreWhole() throws Exception {
        Site site = REPORT.sites().get(1);
        Fork witness = REPORT.fork(2).orElseThrow();
        List<Fork> forks = new ArrayList<>();
        LongStream.rangeClosed(101, 130).forEach(id -> forks.add(with(witness, id, false)));
        forks.add(with(witness, 131, true));
        Report many = with(List.of(site), forks);
        Document page = parsed(out -> HtmlReport.write(many, out));
        List<String> whole = attributes(page, "details", "id");
        assertEquals(20, whole.size());
        assertEquals("fork-131", whole.get(0));
        assertEquals("fork-101", whole.get(1));
        assertTrue(words(page).contains("11 more forks (forkwitness report --fork N shows all)"), words(page));
        for (Fork fork : forks) {
            assertTrue(words(page).contains("fork " + fork.id()), () -> "fork " + fork.id());
        }
    }

    private static Fork with(Fork f, long id, boolean evidence) {
        return new Fork(
                id,
                f.site(),
                f.at(),
                f.call(),
                f.parent(),
                f.parentFork(),
                f.inSignalHandler(),
                f.verdict(),
                f.reasons(),
                f.suppressedBy(),
                f.alive(),
                evidence ? f.holders() : null,
                evidence ? f.locks() : null,
                f.allocator(),
                null,
                "EAGAIN",
                null);
    }

    private static Report with(List<Site> sites, List<Fork> forks) {
        return new Report(
                REPORT.schema(),
                REPORT.process(),
                REPORT.environment(),
                REPORT.summary(),
                null,
                null,
                sites,
                forks,
                null,
                null);
    }

    @Test
    void nothingIsAskedOfAnotherMachine() throws Exception {
        String page = html(out -> HtmlReport.write(REPORT, out));
        UnaryOperator<String> around = what -> page.substring(Math.max(0, page.indexOf(what) - 80));
        for (String what : List.of("http://", "https://", "<script", "<link", "@import", "url(")) {
            assertFalse(page.contains(what), () -> around.apply(what));
        }
    }

    @Test
    void aFullDiskIsTheCallersToTell() {
        OutputStream full = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("No space left on device");
            }
        };
        IOException e = assertThrows(IOException.class, () -> HtmlReport.write(REPORT, full));
        assertEquals("No space left on device", e.getMessage());
    }

    private static List<String> attributes(Document page, String element, String attribute) {
        NodeList nodes = page.getElementsByTagName(element);
        List<String> values = new ArrayList<>();
        for (int i = 0; i < nodes.getLength(); i++) {
            if (((Element) nodes.item(i)).hasAttribute(attribute)) {
                values.add(((Element) nodes.item(i)).getAttribute(attribute));
            }
        }
        return values;
    }
}
