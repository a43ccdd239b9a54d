import java.util.List;

/** This machine, or the software, lacks what a bench needs; the message says what. */
final class CannotMeasure extends Exception {
    private static final long serialVersionUID = 1;

    private final transient List<Figure> before;

    CannotMeasure(String message) {
        this(message, List.of());
    }

    /** With the figures that could be taken before. */
    CannotMeasure(String message, List<Figure> before) {
        super(message);
        this.before = before;
    }

    List<Figure> before() {
        return before;
    }
}
