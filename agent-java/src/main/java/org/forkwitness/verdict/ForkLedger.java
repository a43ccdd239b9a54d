package org.forkwitness.verdict;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.forkwitness.model.InheritedLock;
import org.forkwitness.model.LiveModel;
import org.forkwitness.model.MonotonicClock;
import org.forkwitness.model.ProcessFork;
import org.forkwitness.model.StackTrace;
import org.forkwitness.report.Fork;
import org.forkwitness.report.Frame;
import org.forkwitness.report.Reason;
import org.forkwitness.report.Site;
import org.forkwitness.report.Verdict;
import org.forkwitness.report.VerdictCounts;
import org.forkwitness.stream.StreamRecord;
import org.forkwitness.symbols.StackResolver;

/**
 * The books of all forks: each is counted at its site with its present verdict, also after the report has stopped
 * keeping it. For one thread.
 */
public final class ForkLedger {
    /** A fork as it was last looked at; with what a report shows of it, once one was made. */
    private static final class Entry {
        private final SiteTally site;
        private final Verdict verdict;
        private final String suppressedBy;
        private Fork record;
        private long round;

        Entry(SiteTally site, Verdict verdict, String suppressedBy) {
            this.site = site;
            this.verdict = verdict;
            this.suppressedBy = suppressedBy;
        }

        boolean suppressed() {
            return suppressedBy != null;
        }

        /** A fork of a child also shows what other forks tell, so its record serves one report. */
        boolean upToDate(Round now, boolean ofChild) {
            return record != null && round >= (ofChild ? now.number() : now.since());
        }
    }

    /** Findings, but for the one that is never suppressed. */
    private static final List<Verdict> SUPPRESSIBLE = List.of(Verdict.UNSAFE, Verdict.LATENT);

    private final LiveModel model;
    private final VerdictRules rules = VerdictRules.load();
    private final StateNames stateNames = StateNames.load();
    private final Evidence.Rules evidenceRules;
    private final StackResolver resolver;
    private final CallStacks lineStacks = new CallStacks();
    private final Advice advice = Advice.load();
    private final Sites sites;
    private final ForkRecords records;
    private final Marks marks;
    private final Suppressing suppressing;
    private final Map<Long, Entry> entries = new HashMap<>();

    /** Empty books over this model. */
    public ForkLedger(LiveModel model, StackResolver resolver, Environments environments) {
        this.model = model;
        this.resolver = resolver;
        this.evidenceRules = new Evidence.Rules(States.load(), Protection.load(), environments);
        this.sites = new Sites(resolver);
        this.marks = new Marks(model, resolver);
        this.suppressing = new Suppressing(resolver, marks);
        this.records = new ForkRecords(model, resolver, marks);
    }

    private Evidence evidence(ProcessFork fork) {
        return new Evidence(model, evidenceRules, fork);
    }

    /** Takes other rules for the blame frames. */
    public void use(Plumbing plumbing) {
        sites.use(plumbing);
    }

    /** What is marked as known. */
    public Marks marks() {
        return marks;
    }

    /** Books a fork that is new or has changed. */
    public void book(ProcessFork fork) {
        Evidence evidence = evidence(fork);
        Decision decision = rules.decide(evidence);
        Verdict verdict = decision.verdict();
        String known = suppressing.by(evidence, decision);
        Entry entry = entries.get(fork.id());
        if (entry == null) {
            entry = new Entry(sites.of(fork), verdict, known);
            entry.site.add(fork.id(), fork.time(), verdict, known != null);
        } else if (entry.verdict != verdict || !Objects.equals(entry.suppressedBy, known)) {
            entry.site.change(fork.id(), entry.verdict, entry.suppressed(), verdict, known != null);
            entry = new Entry(entry.site, verdict, known);
        }
        entry.record = null;
        entries.put(fork.id(), entry);
        lighten(fork, evidence);
    }

    /** Lets go of what no record will show, where the child has come to its end. */
    private static void lighten(ProcessFork fork, Evidence evidence) {
        if (fork.childDone() && fork.child().locks().size() > Inheritance.MAX_LOCKS) {
            fork.child().shortenLocks(Inheritance.MAX_LOCKS, evidence::met);
        }
    }

    /** True where the fork is in the books. */
    public boolean booked(ProcessFork fork) {
        return entries.containsKey(fork.id());
    }

    /** True where no better names will come for a fork's stack. */
    public boolean named(ProcessFork fork) {
        return sites.resolve(entries.get(fork.id()).site);
    }

    /** True where a report that cannot keep all forks should keep this one for the sake of its site. */
    public boolean protects(ProcessFork fork) {
        Entry entry = entries.get(fork.id());
        return entry != null && entry.site.protects(fork.id());
    }

    /** Takes a fork out of what the report keeps; it stays counted. */
    public void forget(ProcessFork fork) {
        entries.remove(fork.id());
        records.holderFrames().forget(fork);
    }

    /** True where nothing that decides about the fork is outstanding: a line of the journal is due. */
    public boolean settled(ProcessFork fork) {
        return fork.errno() != null
                || fork.childDone()
                || fork.watch().lives() != null
                || fork.returned() && evidence(fork).call().spawns()
                || entries.get(fork.id()).verdict == Verdict.DEADLOCKED;
    }

    /** A fork for a line of the journal. {@code processEnded}: nothing more will be seen of it. */
    public Fork line(ProcessFork fork, boolean processEnded) {
        if (entries.get(fork.id()).verdict.worseThan(Verdict.LATENT)) {
            records.holderFrames().unwind(fork);
        } else {
            records.holderFrames().unwindInBetween(fork);
        }
        return lineStacks.shorten(fork(fork, processEnded));
    }

    /** True where {@link #record} has nothing to do for this round. */
    public boolean upToDate(ProcessFork fork, Round round) {
        return entries.get(fork.id()).upToDate(round, fork.proc() != 0);
    }

    /** True where all symbols that its record needs are known; the others are looked up by and by. */
    public boolean prepared(ProcessFork fork) {
        boolean prepared = !fork.known() || resolver.prepared(fork.record().stack());
        for (StreamRecord.FirstCall call : fork.child().calls()) {
            prepared &= resolver.prepared(call.stack());
        }
        prepared &= records.holderFrames().prepared(fork);
        return prepared & locksPrepared(fork);
    }

    private boolean locksPrepared(ProcessFork fork) {
        boolean prepared = true;
        List<InheritedLock> locks = fork.child().locks();
        for (InheritedLock lock : locks.subList(0, Math.min(locks.size(), Inheritance.MAX_LOCKS))) {
            prepared &= lock.site() == 0 || resolver.preparedAt(lock.site() - 1, lock.epoch());
            prepared &= lock.origin() == 0 || resolver.prepared(lock.origin());
        }
        return prepared;
    }

    /** A fork for the report of this round, with all its stacks. {@code processEnded}: nothing more will be seen of it. */
    public Fork record(ProcessFork fork, Round round, boolean processEnded) {
        if (!upToDate(fork, round)) {
            Entry entry = entries.get(fork.id());
            records.holderFrames().unwind(fork);
            entry.record = fork(fork, processEnded);
            entry.round = round.number();
        }
        Entry entry = entries.get(fork.id());
        // Its site may have become a part of another one since.
        entry.record = entry.record.ofSite(entry.site.whole().id());
        return entry.record;
    }

    /** Between {@code settle(true)} and {@code settle(false)} the sites stay as {@link #sites} gives them. */
    public void settle(boolean now) {
        sites.settle(now);
    }

    private Fork fork(ProcessFork fork, boolean processEnded) {
        Entry entry = entries.get(fork.id());
        SiteTally site = entry.site;
        sites.resolve(site);
        Evidence evidence = evidence(fork);
        Decision decision = rules.decide(evidence);
        List<Reason> reasons = decision.reasons().stream()
                .map(ground -> new Reason(ground.rule().code(), sentence(evidence, ground, site.blame())))
                .toList();
        String known = entry.suppressed() ? entry.suppressedBy : ruleOf(site, decision.verdict());
        return records.fork(evidence, site.whole().id(), decision.verdict(), reasons, known, processEnded);
    }

    /** The rule that marks a site's forks of this verdict as known; null where none does. */
    private String ruleOf(SiteTally site, Verdict verdict) {
        return SUPPRESSIBLE.contains(verdict)
                ? marks.site(site.whole().call(), site.whole().blame())
                : null;
    }

    private String sentence(Evidence evidence, Decision.Ground ground, Frame blame) {
        Facts facts = new Facts(
                resolver,
                stateNames,
                evidence,
                ground.finding(),
                blame,
                thread -> records.holderFrames().of(evidence.fork(), thread));
        return Sentence.of(ground.rule().sentence(), facts::of);
    }

    /** All sites for the report, with the ids of those of their forks that it keeps. */
    public List<Site> sites() {
        Map<Long, List<SiteTally>> parts = new TreeMap<>();
        for (SiteTally site : sites.all()) {
            sites.resolve(site);
            parts.computeIfAbsent(site.whole().id(), id -> new ArrayList<>()).add(site);
        }
        Map<Long, List<Long>> forks = new HashMap<>();
        for (ProcessFork fork : model.forks().all()) {
            Entry entry = entries.get(fork.id());
            if (entry != null) {
                forks.computeIfAbsent(entry.site.whole().id(), id -> new ArrayList<>())
                        .add(fork.id());
            }
        }
        return parts.values().stream()
                .map(list -> site(list, forks.getOrDefault(list.get(0).id(), List.of())))
                .toList();
    }

    /** The sites whose stacks are deeper than what the agent records, in the order of their ids. */
    public List<Long> cutSites() {
        return sites.all().stream()
                .filter(site -> site.stack() != null)
                .filter(site -> Optional.ofNullable(model.stacks().find(site.stack()))
                        .filter(StackTrace::cut)
                        .isPresent())
                .map(site -> site.whole().id())
                .distinct()
                .sorted()
                .toList();
    }

    private Site site(List<SiteTally> parts, List<Long> forks) {
        SiteTally whole = parts.get(0);
        VerdictCounts verdicts = VerdictCounts.NONE;
        VerdictCounts suppressed = VerdictCounts.NONE;
        for (SiteTally part : parts) {
            verdicts = sum(verdicts, part.verdicts());
            suppressed = sum(suppressed, suppressed(part));
        }
        Verdict worst = worst(verdicts);
        List<Frame> stack = whole.resolved().frames();
        Reason reason = reason(parts, worst, whole.blame());
        MonotonicClock clock = model.clock();
        return new Site(
                whole.id(),
                worst,
                whole.call(),
                parts.stream().mapToLong(SiteTally::count).sum(),
                clock.instant(
                        parts.stream().mapToLong(SiteTally::firstTime).min().orElseThrow()),
                clock.instant(
                        parts.stream().mapToLong(SiteTally::lastTime).max().orElseThrow()),
                whole.blame(),
                stack,
                forks.stream().sorted().toList(),
                reason.message(),
                advice.of(whole.call(), worst, reason.code(), stack),
                verdicts,
                suppressed);
    }

    private static VerdictCounts sum(VerdictCounts a, VerdictCounts b) {
        VerdictCounts sum = a;
        for (Verdict verdict : Verdict.values()) {
            sum = sum.plus(verdict, b.of(verdict));
        }
        return sum;
    }

    private VerdictCounts suppressed(SiteTally site) {
        VerdictCounts counts = VerdictCounts.NONE;
        for (Verdict verdict : SUPPRESSIBLE) {
            VerdictCounts of = ruleOf(site, verdict) == null ? site.suppressed() : site.verdicts();
            counts = counts.plus(verdict, of.of(verdict));
        }
        return counts;
    }

    private static Verdict worst(VerdictCounts counts) {
        for (Verdict verdict : Verdict.values()) {
            if (counts.of(verdict) > 0) {
                return verdict;
            }
        }
        throw new IllegalStateException("a site without a fork");
    }

    /** The reason of the newest of the worst forks, which is kept as long as there is room for one fork a site. */
    private Reason reason(List<SiteTally> parts, Verdict worst, Frame blame) {
        for (SiteTally part : parts) {
            for (long example : part.examples(worst)) {
                ProcessFork fork = model.forks().find(example);
                if (fork != null) {
                    Evidence evidence = evidence(fork);
                    Decision.Ground ground = rules.decide(evidence).reasons().get(0);
                    return new Reason(ground.rule().code(), sentence(evidence, ground, blame));
                }
            }
        }
        return new Reason(
                Reason.UNOBSERVED, "the forks of this site that were " + worst.text() + " are not kept in this report");
    }

    /** Counts over all forks. */
    public VerdictCounts counts() {
        return sites.all().stream().map(SiteTally::verdicts).reduce(VerdictCounts.NONE, ForkLedger::sum);
    }
}
