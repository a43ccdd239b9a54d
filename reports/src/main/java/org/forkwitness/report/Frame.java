package org.forkwitness.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * One frame of a stack. It has only the fields of its kind: the others are null here and absent in JSON. A native frame
 * keeps module, offset and build-id, so that one without symbols can be resolved later.
 *
 * @param kind whose frame it is
 * @param className Java class, in the form of {@link Class#getName()}
 * @param method Java method
 * @param module file name of the ELF object, or Python module
 * @param function native function, demangled, or Python function
 * @param file source file, as the debug information, the class file or the code object names it
 * @param line line in it, 1 or more
 * @param offset address in the ELF object's own counting, hexadecimal with 0x
 * @param buildId the object's build-id, hexadecimal
 * @param inlined true for a native function that has no frame of its own because it was inlined into the next one
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Frame(
        FrameKind kind,
        @JsonProperty("class") String className,
        String method,
        String module,
        String function,
        String file,
        Integer line,
        String offset,
        String buildId,
        Boolean inlined) {
    public Frame {
        Fields.required(kind, "frame.kind");
    }

    /** A Java frame; file and line are null where the class file does not tell. */
    public static Frame java(String className, String method, String file, Integer line) {
        return new Frame(FrameKind.JAVA, className, method, null, null, file, line, null, null, null);
    }

    /** A native frame without symbols; {@code buildId} is null for an object that has none. */
    public static Frame unresolved(String module, String offset, String buildId) {
        return new Frame(FrameKind.NATIVE, null, null, module, null, null, null, offset, buildId, false);
    }

    /** A native frame; what is not known is null. */
    public static Frame resolved(
            String module, String function, String file, Integer line, String offset, String buildId, boolean inlined) {
        return new Frame(FrameKind.NATIVE, null, null, module, function, file, line, offset, buildId, inlined);
    }

    /** A CPython frame. */
    public static Frame python(String module, String function, String file, Integer line) {
        return new Frame(FrameKind.PYTHON, null, null, module, function, file, line, null, null, null);
    }
}
