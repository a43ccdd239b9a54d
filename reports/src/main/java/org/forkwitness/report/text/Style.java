package org.forkwitness.report.text;

import org.forkwitness.report.Verdict;

/** The few looks that a report needs: parameters of ECMA-48's Select Graphic Rendition. */
public enum Style {
    PLAIN(""),
    BOLD("1"),
    DIM("2"),
    RED("1;31"),
    MAGENTA("1;35"),
    YELLOW("1;33"),
    GREEN("32"),
    CYAN("36");

    private final String parameters;

    Style(String parameters) {
        this.parameters = parameters;
    }

    /** The text in this look; unchanged where the layout has no colors. */
    String apply(Layout layout, String text) {
        return !layout.colors() || this == PLAIN || text.isEmpty()
                ? text
                : "\033[" + parameters + "m" + text + "\033[0m";
    }

    /** The color of a verdict. */
    static Style of(Verdict verdict) {
        return switch (verdict) {
            case DEADLOCKED -> RED;
            case UNSAFE -> MAGENTA;
            case UNKNOWN -> CYAN;
            case LATENT -> YELLOW;
            case SAFE -> GREEN;
        };
    }
}
