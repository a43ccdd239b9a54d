package org.forkwitness.report.text;

import org.forkwitness.report.Frame;

/** One frame as people write it. */
public final class FrameText {
    private static final int BUILD_ID_DIGITS = 12;

    private FrameText() {}

    /**
     * The frame in one line: {@code com.x.Y.z(Y.java:88)}, {@code f (libfoo.so, init.c:88)}, {@code f (libfoo.so+0x1f2)}
     * without lines, {@code libfoo.so+0x1f2 (build-id 1a2b...)} without symbols, {@code f (app.py:12)}. Source files
     * are given without their directories; the report has them.
     */
    public static String of(Frame frame) {
        return switch (frame.kind()) {
            case JAVA ->
                frame.className() + "." + frame.method() + "("
                        + (frame.file() == null ? "unknown source" : source(frame)) + ")";
            case PYTHON ->
                frame.function() + " (" + (frame.file() == null ? orUnknown(frame.module()) : source(frame)) + ")";
            case NATIVE -> nativeFrame(frame);
        };
    }

    private static String nativeFrame(Frame frame) {
        String module = frame.module() == null ? "no module" : name(frame.module());
        String place = frame.offset() == null ? module : module + "+" + frame.offset();
        if (frame.function() == null) {
            return frame.buildId() == null ? place : place + " (build-id " + abbreviate(frame.buildId()) + ")";
        }
        String where = frame.file() == null ? place : module + ", " + source(frame);
        return frame.function() + " (" + where + (Boolean.TRUE.equals(frame.inlined()) ? ", inlined" : "") + ")";
    }

    private static String orUnknown(String module) {
        return module == null ? "unknown source" : module;
    }

    private static String source(Frame frame) {
        String file = name(frame.file());
        return frame.line() == null ? file : file + ":" + frame.line();
    }

    private static String name(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    private static String abbreviate(String buildId) {
        return buildId.length() <= BUILD_ID_DIGITS ? buildId : buildId.substring(0, BUILD_ID_DIGITS) + "...";
    }
}
