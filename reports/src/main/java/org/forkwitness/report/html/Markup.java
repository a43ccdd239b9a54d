package org.forkwitness.report.html;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;
import org.forkwitness.report.text.Words;

/**
 * Elements and text, escaped by the JDK's own XML writer: whatever a thread, a file or a command is called, it stays
 * text. What comes out is HTML that is well-formed XML, too.
 *
 * <p>Every method throws {@link UncheckedIOException} where the writer does.
 */
final class Markup {
    private final XMLStreamWriter xml;

    Markup(Writer out) {
        try {
            xml = XMLOutputFactory.newDefaultFactory().createXMLStreamWriter(out);
        } catch (XMLStreamException e) {
            throw failure(e);
        }
    }

    /** What makes a browser read the rest by the standard and not by its quirks. */
    Markup doctype() {
        return write(() -> xml.writeDTD("<!DOCTYPE html>\n"));
    }

    /** Begins an element; the names and values of its attributes follow each other. */
    Markup open(String element, String... attributes) {
        return write(() -> {
            xml.writeStartElement(element);
            attributes(attributes);
        });
    }

    /** Ends the innermost element. */
    Markup close() {
        return write(xml::writeEndElement);
    }

    /** Ends it and the line. */
    Markup closeLine() {
        return close().write(() -> xml.writeCharacters("\n"));
    }

    /** An element without content. */
    Markup empty(String element, String... attributes) {
        return write(() -> {
            xml.writeEmptyElement(element);
            attributes(attributes);
        });
    }

    /** Text, with control characters made visible. */
    Markup text(String text) {
        return write(() -> xml.writeCharacters(Words.clean(text)));
    }

    /** Text of the page's own that has lines: the style sheet. */
    Markup lines(String text) {
        return write(() -> xml.writeCharacters(text));
    }

    /** An element with text alone. */
    Markup element(String element, String text, String... attributes) {
        return open(element, attributes).text(text).close();
    }

    void flush() {
        write(xml::flush);
    }

    private void attributes(String... attributes) throws XMLStreamException {
        for (int i = 0; i < attributes.length; i += 2) {
            xml.writeAttribute(attributes[i], Words.clean(attributes[i + 1]));
        }
    }

    private Markup write(Step step) {
        try {
            step.run();
            return this;
        } catch (XMLStreamException e) {
            throw failure(e);
        }
    }

    private static UncheckedIOException failure(XMLStreamException e) {
        return new UncheckedIOException(
                e.getNestedException() instanceof IOException io ? io : new IOException(e.getMessage(), e));
    }

    @FunctionalInterface
    private interface Step {
        void run() throws XMLStreamException;
    }
}
