package org.forkwitness.report;

import java.util.HashMap;
import java.util.Map;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.BeanDescription;
import tools.jackson.databind.DeserializationConfig;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.deser.ValueDeserializerModifier;
import tools.jackson.databind.deser.std.DelegatingDeserializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;

/**
 * The frames of one report that is read: one object for all that read the same. A report of a thousand forks with fifty
 * holders each has a million frames, and only some hundred that differ. For one thread.
 */
final class ReadFrames extends DelegatingDeserializer {
    private final Map<Frame, Frame> frames;

    private ReadFrames(ValueDeserializer<?> frame, Map<Frame, Frame> frames) {
        super(frame);
        this.frames = frames;
    }

    /** A mapper as this one, for one report. */
    static JsonMapper sharedBy(JsonMapper mapper) {
        Map<Frame, Frame> frames = new HashMap<>();
        return mapper.rebuild()
                .addModule(new SimpleModule("forkwitness-frames")
                        .setDeserializerModifier(new ValueDeserializerModifier() {
                            private static final long serialVersionUID = 1L;

                            @Override
                            public ValueDeserializer<?> modifyDeserializer(
                                    DeserializationConfig config,
                                    BeanDescription.Supplier description,
                                    ValueDeserializer<?> deserializer) {
                                return description.getBeanClass() == Frame.class
                                        ? new ReadFrames(deserializer, frames)
                                        : deserializer;
                            }
                        }))
                .build();
    }

    @Override
    protected ValueDeserializer<?> newDelegatingInstance(ValueDeserializer<?> frame) {
        return new ReadFrames(frame, frames);
    }

    @Override
    public Object deserialize(JsonParser parser, DeserializationContext context) {
        Frame frame = (Frame) super.deserialize(parser, context);
        Frame known = frames.putIfAbsent(frame, frame);
        return known == null ? frame : known;
    }
}
