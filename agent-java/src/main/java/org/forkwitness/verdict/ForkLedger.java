package org.forkwitness.verdict;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.forkwitness.model.LiveModel;
import org.forkwitness.model.MonotonicClock;
import org.forkwitness.model.ProcessFork;
import org.forkwitness.report.Fork;
import org.forkwitness.report.Frame;
import org.forkwitness.report.Reason;
import org.forkwitness.report.Site;
import org.forkwitness.report.Verdict;
import org.forkwitness.report.VerdictCounts;
import org.forkwitness.symbols.StackResolver;

/**
 * The books of all forks: each is counted at its site with its present verdict, also after the report has stopped
 * keeping it. For one thread.
 */
public final class ForkLedger {
    private record Entry(SiteTally site, Verdict verdict) {}

    private final LiveModel model;
    private final VerdictRules rules = VerdictRules.load();
    private final Advice advice = Advice.load();
    private final Sites sites;
    private final ForkRecords records;
    private final Map<Long, Entry> entries = new HashMap<>();

    /** Empty books over this model. */
    public ForkLedger(LiveModel model, StackResolver resolver) {
        this.model = model;
        this.sites = new Sites(resolver);
        this.records = new ForkRecords(model);
    }

    /** Takes other rules for the blame frames. */
    public void use(Plumbing plumbing) {
        sites.use(plumbing);
    }

    /** Books a fork that is new or has changed. */
    public void book(ProcessFork fork) {
        Verdict verdict = rules.decide(fork).verdict();
        Entry entry = entries.get(fork.id());
        if (entry == null) {
            entry = new Entry(sites.of(fork), verdict);
            entry.site.add(fork.id(), fork.time(), verdict);
        } else if (entry.verdict != verdict) {
            entry.site.change(fork.id(), entry.verdict, verdict);
            entry = new Entry(entry.site, verdict);
        }
        entries.put(fork.id(), entry);
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
    }

    /**
     * A fork for the report.
     *
     * @param processEnded true where nothing more will be seen of it
     */
    public Fork fork(ProcessFork fork, boolean processEnded) {
        SiteTally site = entries.get(fork.id()).site;
        sites.resolve(site);
        Rule rule = rules.decide(fork);
        Reason reason = new Reason(rule.code(), Sentence.of(rule.sentence(), fork, site.blame()));
        return records.fork(fork, site.whole().id(), rule.verdict(), List.of(reason), processEnded);
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

    private Site site(List<SiteTally> parts, List<Long> forks) {
        SiteTally whole = parts.get(0);
        VerdictCounts verdicts = VerdictCounts.NONE;
        for (SiteTally part : parts) {
            for (Verdict verdict : Verdict.values()) {
                verdicts = verdicts.plus(verdict, part.verdicts().of(verdict));
            }
        }
        Verdict worst = worst(verdicts);
        List<Frame> stack = whole.resolved().frames();
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
                reason(parts, worst, whole.blame()),
                advice.of(whole.call(), worst, stack),
                verdicts,
                VerdictCounts.NONE);
    }

    private static Verdict worst(VerdictCounts counts) {
        for (Verdict verdict : Verdict.values()) {
            if (counts.of(verdict) > 0) {
                return verdict;
            }
        }
        throw new IllegalStateException("a site without a fork");
    }

    /** The reason of the newest of the worst forks; it is kept as long as there is room for one fork a site. */
    private String reason(List<SiteTally> parts, Verdict worst, Frame blame) {
        for (SiteTally part : parts) {
            ProcessFork fork = model.forks().find(part.worstFork());
            if (part.verdicts().of(worst) > 0 && fork != null) {
                return Sentence.of(rules.decide(fork).sentence(), fork, blame);
            }
        }
        return "the forks of this site that were " + worst.text() + " are not kept in this report";
    }

    /** Counts over all forks. */
    public VerdictCounts counts() {
        VerdictCounts sum = VerdictCounts.NONE;
        for (SiteTally site : sites.all()) {
            for (Verdict verdict : Verdict.values()) {
                sum = sum.plus(verdict, site.verdicts().of(verdict));
            }
        }
        return sum;
    }
}
