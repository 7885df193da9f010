"""What the database itself keeps in budgets, for everyone and every tool."""

from django.db import migrations

STEPS = [
    # The database itself keeps facts about money as they are and holds amounts in their bounds, for every tool.
    ("""
CREATE FUNCTION version_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    row_data jsonb := CASE WHEN TG_OP = 'INSERT' THEN to_jsonb(NEW) ELSE to_jsonb(OLD) END;
    version bigint := (row_data ->> TG_ARGV[0])::bigint;
    target bigint := CASE WHEN TG_OP = 'UPDATE' THEN (to_jsonb(NEW) ->> TG_ARGV[0])::bigint ELSE version END;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD IS NOT DISTINCT FROM NEW THEN
        RETURN NEW;
    END IF;
    IF EXISTS (SELECT 1 FROM budgets_versionterms WHERE contract_id IN (version, target)) THEN
        RAISE EXCEPTION 'an approved contract version is final: % on % is refused', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER contractversion_is_final BEFORE UPDATE OR DELETE ON projects_contractversion
    FOR EACH ROW EXECUTE FUNCTION version_is_final('id');
CREATE TRIGGER budgetline_is_final BEFORE INSERT OR UPDATE OR DELETE ON budgets_budgetline
    FOR EACH ROW EXECUTE FUNCTION version_is_final('contract_id');
CREATE FUNCTION terms_are_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'kept terms are final: % on % is refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER versionterms_are_final BEFORE UPDATE OR DELETE ON budgets_versionterms
    FOR EACH ROW EXECUTE FUNCTION terms_are_final();
""", """
DROP TRIGGER versionterms_are_final ON budgets_versionterms;
DROP FUNCTION terms_are_final();
DROP TRIGGER budgetline_is_final ON budgets_budgetline;
DROP TRIGGER contractversion_is_final ON projects_contractversion;
DROP FUNCTION version_is_final();
"""),
    ("""
CREATE FUNCTION claim_fact_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'facts of claims are final: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER claimmove_is_final BEFORE UPDATE OR DELETE ON budgets_claimmove
    FOR EACH ROW EXECUTE FUNCTION claim_fact_is_final();
CREATE TRIGGER linedecision_is_final BEFORE UPDATE OR DELETE ON budgets_linedecision
    FOR EACH ROW EXECUTE FUNCTION claim_fact_is_final();
CREATE TRIGGER linefact_is_final BEFORE UPDATE OR DELETE ON budgets_linefact
    FOR EACH ROW EXECUTE FUNCTION claim_fact_is_final();

CREATE FUNCTION decision_is_in_bounds() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    now_is text;
    declared numeric;
BEGIN
    SELECT c.state INTO now_is FROM budgets_claim c JOIN budgets_claimline l ON l.claim_id = c.id
        WHERE l.id = NEW.line_id FOR SHARE OF c;
    IF now_is NOT IN ('in_review', 'reopened') THEN
        RAISE EXCEPTION 'a line is decided only while its claim is in check' USING ERRCODE = 'check_violation';
    END IF;
    SELECT COALESCE(SUM(total), 0) INTO declared FROM budgets_linefact
        WHERE line_id = NEW.line_id AND step = 'declared';
    IF NEW.total * SIGN(declared) < 0 OR ABS(NEW.total) > ABS(declared) THEN
        RAISE EXCEPTION 'eligible is at most what was claimed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER linedecision_in_bounds BEFORE INSERT ON budgets_linedecision
    FOR EACH ROW EXECUTE FUNCTION decision_is_in_bounds();

CREATE FUNCTION facts_are_in_bounds() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    declared numeric;
    released numeric;
    verified numeric;
BEGIN
    PERFORM 1 FROM budgets_claimline WHERE id = NEW.line_id FOR NO KEY UPDATE;
    SELECT COALESCE(SUM(total) FILTER (WHERE step = 'declared'), 0),
           COALESCE(SUM(total) FILTER (WHERE step = 'released'), 0),
           COALESCE(SUM(total) FILTER (WHERE step = 'verified'), 0)
        INTO declared, released, verified FROM budgets_linefact WHERE line_id = NEW.line_id;
    IF released * SIGN(declared) < 0 OR ABS(released) > ABS(declared)
        OR verified * SIGN(declared) < 0 OR ABS(verified) > ABS(declared - released) THEN
        RAISE EXCEPTION 'eligible is at most what was claimed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER linefact_in_bounds AFTER INSERT ON budgets_linefact
    FOR EACH ROW EXECUTE FUNCTION facts_are_in_bounds();
""", """
DROP TRIGGER claimmove_is_final ON budgets_claimmove;
DROP TRIGGER linedecision_is_final ON budgets_linedecision;
DROP TRIGGER linefact_is_final ON budgets_linefact;
DROP TRIGGER linedecision_in_bounds ON budgets_linedecision;
DROP TRIGGER linefact_in_bounds ON budgets_linefact;
DROP FUNCTION claim_fact_is_final();
DROP FUNCTION decision_is_in_bounds();
DROP FUNCTION facts_are_in_bounds();
"""),
    # The database itself keeps moves of deliverables and scores as they are, and what is done stays done.
    ("""
CREATE TRIGGER deliverablemove_is_final BEFORE UPDATE OR DELETE ON budgets_deliverablemove
    FOR EACH ROW EXECUTE FUNCTION claim_fact_is_final();
CREATE TRIGGER assessment_is_final BEFORE UPDATE OR DELETE ON budgets_assessment
    FOR EACH ROW EXECUTE FUNCTION claim_fact_is_final();
CREATE TRIGGER deliverable_done_is_final BEFORE UPDATE OR DELETE ON budgets_deliverable
    FOR EACH ROW WHEN (OLD.state = 'done') EXECUTE FUNCTION claim_fact_is_final();
""", """
DROP TRIGGER deliverablemove_is_final ON budgets_deliverablemove;
DROP TRIGGER assessment_is_final ON budgets_assessment;
DROP TRIGGER deliverable_done_is_final ON budgets_deliverable;
"""),
    #
    (
        "CREATE TRIGGER paperlook_is_final BEFORE UPDATE OR DELETE ON budgets_paperlook FOR EACH ROW EXECUTE FUNCTION claim_fact_is_final();",
        "DROP TRIGGER paperlook_is_final ON budgets_paperlook;",
    ),
    ("""
CREATE FUNCTION claimletter_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.file_id IS NULL AND (OLD.claim_id, OLD.move_id, OLD.position, OLD.snapshot, OLD.sha256)
        IS NOT DISTINCT FROM (NEW.claim_id, NEW.move_id, NEW.position, NEW.snapshot, NEW.sha256) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'letters are final: % on % is refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER claimletter_is_final BEFORE UPDATE OR DELETE ON budgets_claimletter
    FOR EACH ROW EXECUTE FUNCTION claimletter_is_final();
""", "DROP TRIGGER claimletter_is_final ON budgets_claimletter; DROP FUNCTION claimletter_is_final();"),
    ("""
CREATE TRIGGER checklistanswer_is_final BEFORE UPDATE OR DELETE ON budgets_checklistanswer
    FOR EACH ROW EXECUTE FUNCTION claim_fact_is_final();
CREATE TRIGGER claimchecklist_is_final BEFORE UPDATE OR DELETE ON budgets_claimchecklist
    FOR EACH ROW EXECUTE FUNCTION claim_fact_is_final();
CREATE FUNCTION used_checklist_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM budgets_claimchecklist u
               WHERE TG_OP <> 'INSERT' AND u.checklist_id = OLD.checklist_id
                  OR TG_OP <> 'DELETE' AND u.checklist_id = NEW.checklist_id) THEN
        RAISE EXCEPTION 'a checklist that was put to a claim is final' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER used_checklist_is_final BEFORE INSERT OR UPDATE OR DELETE ON budgets_checklistquestion
    FOR EACH ROW EXECUTE FUNCTION used_checklist_is_final();
""", """
DROP TRIGGER checklistanswer_is_final ON budgets_checklistanswer;
DROP TRIGGER claimchecklist_is_final ON budgets_claimchecklist;
DROP TRIGGER used_checklist_is_final ON budgets_checklistquestion;
DROP FUNCTION used_checklist_is_final();
"""),
    (
        "CREATE TRIGGER computation_is_final BEFORE UPDATE OR DELETE ON budgets_computation FOR EACH ROW EXECUTE FUNCTION claim_fact_is_final();",
        "DROP TRIGGER computation_is_final ON budgets_computation;",
    ),
    ("""
CREATE TRIGGER claimsample_is_final BEFORE UPDATE OR DELETE ON budgets_claimsample
    FOR EACH ROW EXECUTE FUNCTION claim_fact_is_final();
CREATE TRIGGER sampledline_is_final BEFORE UPDATE OR DELETE ON budgets_sampledline
    FOR EACH ROW EXECUTE FUNCTION claim_fact_is_final();
""", """
DROP TRIGGER claimsample_is_final ON budgets_claimsample;
DROP TRIGGER sampledline_is_final ON budgets_sampledline;
"""),
    # The database holds what is corrected, certified, paid and recovered in bounds, line by line and source by source, and
    # keeps what used an amount from losing it: a claim that was corrected, certified, paid or followed stays accepted.
    ("""
CREATE OR REPLACE FUNCTION facts_are_in_bounds() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of_claim bigint;
    of_cost bigint;
    side numeric;
    s record;
BEGIN
    SELECT claim_id, cost_id INTO of_claim, of_cost FROM budgets_claimline WHERE id = NEW.line_id FOR NO KEY UPDATE;
    SELECT SIGN(COALESCE(SUM(total), 0)) INTO side FROM budgets_linefact
        WHERE line_id = NEW.line_id AND step = 'declared';
    IF side = 0 AND NEW.step <> 'declared' THEN
        RAISE EXCEPTION 'eligible is at most what was claimed' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.step NOT IN ('declared', 'released', 'verified')
        AND (SELECT state FROM budgets_claim WHERE id = of_claim) <> 'accepted' THEN
        RAISE EXCEPTION 'only what is accepted is corrected, certified or paid' USING ERRCODE = 'check_violation';
    END IF;
    FOR s IN
        SELECT a.part,
            side * COALESCE(SUM(a.amount) FILTER (WHERE f.step = 'declared'), 0) AS declared,
            side * COALESCE(SUM(a.amount) FILTER (WHERE f.step = 'released'), 0) AS released,
            side * COALESCE(SUM(a.amount) FILTER (WHERE f.step = 'verified'), 0) AS verified,
            side * COALESCE(SUM(a.amount) FILTER (WHERE f.step = 'corrected'), 0) AS corrected,
            side * COALESCE(SUM(a.amount) FILTER (WHERE f.step = 'certified'), 0) AS certified,
            side * COALESCE(SUM(a.amount) FILTER (WHERE f.step = 'withdrawn'), 0) AS withdrawn,
            side * COALESCE(SUM(a.amount) FILTER (WHERE f.step = 'paid'), 0) AS paid,
            side * COALESCE(SUM(a.amount) FILTER (WHERE f.step = 'settled'), 0) AS settled,
            side * COALESCE(SUM(a.amount) FILTER (WHERE f.step = 'recovered'), 0) AS recovered
        FROM budgets_linefact f,
            LATERAL (VALUES ('total', f.total), ('eu', f.eu_part), ('national', f.national_part), ('own', f.own_part),
                            ('public', f.total - COALESCE(f.own_part, 0))) a(part, amount)
        WHERE f.line_id = NEW.line_id GROUP BY a.part
    LOOP
        IF s.released < 0 OR s.released > s.declared OR s.verified < 0 OR s.verified > s.declared - s.released THEN
            RAISE EXCEPTION 'eligible is at most what was claimed' USING ERRCODE = 'check_violation';
        END IF;
        IF s.corrected < 0 OR s.corrected > s.verified THEN
            RAISE EXCEPTION 'corrected is at most what is eligible' USING ERRCODE = 'check_violation';
        END IF;
        IF s.withdrawn < 0 OR s.withdrawn > s.certified OR s.certified > s.verified OR (NEW.step = 'certified'
            AND (of_cost IS NULL OR s.certified - s.withdrawn > s.verified - s.corrected)) THEN
            RAISE EXCEPTION 'certified is at most what is eligible' USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.step = 'verified' AND (s.corrected <> 0 OR s.certified <> 0 OR s.paid <> 0 OR s.settled <> 0) THEN
            RAISE EXCEPTION 'what is eligible was used already' USING ERRCODE = 'check_violation';
        END IF;
        IF s.recovered < 0 OR (of_cost IS NULL AND (s.settled > 0 OR s.paid - s.recovered + s.settled < 0))
            OR (of_cost IS NOT NULL AND (s.settled < 0 OR s.paid - s.recovered + s.settled < 0)) THEN
            RAISE EXCEPTION 'recovered or settled is at most what was paid' USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.step IN ('paid', 'settled') AND NEW.total * side > 0 AND NOT EXISTS (
                SELECT 1 FROM budgets_payment p WHERE p.id = NEW.payment_id AND p.reverses_id IS NOT NULL
            ) AND s.part IN ('eu', 'national', 'public')
            AND s.paid - s.recovered + s.settled * (of_cost IS NOT NULL)::int > s.verified - s.corrected THEN
            RAISE EXCEPTION 'paid is at most what is approved' USING ERRCODE = 'check_violation';
        END IF;
        IF NEW.step = 'recovered' AND s.part = 'public' AND of_cost IS NOT NULL
            AND s.paid - s.recovered + s.settled < s.verified - s.corrected THEN
            RAISE EXCEPTION 'only what was paid too much is recovered' USING ERRCODE = 'check_violation';
        END IF;
    END LOOP;
    RETURN NULL;
END $$;

CREATE FUNCTION used_claim_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM budgets_linefact f JOIN budgets_claimline l ON l.id = f.line_id
               WHERE l.claim_id = OLD.id AND f.step NOT IN ('declared', 'released', 'verified'))
        OR EXISTS (SELECT 1 FROM budgets_claim c WHERE c.project_id = OLD.project_id AND c.number > OLD.number
                   AND c.state <> 'draft') THEN
        RAISE EXCEPTION 'an amount of this claim was used: it stays accepted' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER used_claim_stays BEFORE UPDATE OF state ON budgets_claim
    FOR EACH ROW WHEN (OLD.state = 'accepted' AND NEW.state <> 'accepted') EXECUTE FUNCTION used_claim_stays();

CREATE FUNCTION recorded_payment_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'recorded payments are final: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER payment_is_final BEFORE UPDATE OR DELETE ON budgets_payment
    FOR EACH ROW WHEN (OLD.claim_id IS NOT NULL) EXECUTE FUNCTION recorded_payment_is_final();
CREATE TRIGGER entry_is_final BEFORE UPDATE OR DELETE ON budgets_applicationentry
    FOR EACH ROW EXECUTE FUNCTION claim_fact_is_final();

CREATE FUNCTION sent_application_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a sent payment application is final: % is refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER application_is_final BEFORE UPDATE OR DELETE ON budgets_paymentapplication
    FOR EACH ROW WHEN (OLD.state = 'sent') EXECUTE FUNCTION sent_application_is_final();
""", """
DROP TRIGGER application_is_final ON budgets_paymentapplication;
DROP TRIGGER entry_is_final ON budgets_applicationentry;
DROP TRIGGER payment_is_final ON budgets_payment;
DROP TRIGGER used_claim_stays ON budgets_claim;
DROP FUNCTION sent_application_is_final();
DROP FUNCTION recorded_payment_is_final();
DROP FUNCTION used_claim_stays();
CREATE OR REPLACE FUNCTION facts_are_in_bounds() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    declared numeric;
    released numeric;
    verified numeric;
BEGIN
    PERFORM 1 FROM budgets_claimline WHERE id = NEW.line_id FOR NO KEY UPDATE;
    SELECT COALESCE(SUM(total) FILTER (WHERE step = 'declared'), 0),
           COALESCE(SUM(total) FILTER (WHERE step = 'released'), 0),
           COALESCE(SUM(total) FILTER (WHERE step = 'verified'), 0)
        INTO declared, released, verified FROM budgets_linefact WHERE line_id = NEW.line_id;
    IF released * SIGN(declared) < 0 OR ABS(released) > ABS(declared)
        OR verified * SIGN(declared) < 0 OR ABS(verified) > ABS(declared - released) THEN
        RAISE EXCEPTION 'eligible is at most what was claimed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
"""),
    # A claim keeps the rates at which it took documents in other currencies, and its amounts name them.
    ("""
            CREATE TRIGGER claimrate_is_final BEFORE UPDATE OR DELETE ON budgets_claimrate
                FOR EACH ROW EXECUTE FUNCTION claim_fact_is_final();
            """, "DROP TRIGGER claimrate_is_final ON budgets_claimrate;"),
    # A payment is cancelled by a further one that takes it back; the database holds the two together.
    ("""
CREATE FUNCTION cancelling_takes_all_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM budgets_payment p WHERE p.id = NEW.reverses_id AND p.reverses_id IS NULL
                   AND p.claim_id = NEW.claim_id AND p.kind = NEW.kind AND p.currency = NEW.currency
                   AND p.amount = -NEW.amount) THEN
        RAISE EXCEPTION 'a payment is cancelled as a whole' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT 1 FROM budgets_linefact WHERE payment_id IN (NEW.id, NEW.reverses_id)
               GROUP BY line_id, step HAVING SUM(total) <> 0 OR SUM(eu_part) <> 0 OR SUM(national_part) <> 0) THEN
        RAISE EXCEPTION 'a payment is cancelled with all its amounts' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER cancelling_takes_all_back AFTER INSERT ON budgets_payment DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.reverses_id IS NOT NULL) EXECUTE FUNCTION cancelling_takes_all_back();
""", """
DROP TRIGGER cancelling_takes_all_back ON budgets_payment;
DROP FUNCTION cancelling_takes_all_back();
"""),
    #
    ("""
CREATE FUNCTION amendmentpaper_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    paper budgets_amendmentpaper := CASE WHEN TG_OP = 'INSERT' THEN NEW ELSE OLD END;
BEGIN
    IF (SELECT state FROM budgets_amendment WHERE id = paper.amendment_id) NOT IN ('draft', 'returned')
       OR (TG_OP = 'UPDATE' AND (OLD.removed_at IS NOT NULL OR (OLD.key, OLD.amendment_id, OLD.file_id, OLD.added_at)
           IS DISTINCT FROM (NEW.key, NEW.amendment_id, NEW.file_id, NEW.added_at))) THEN
        RAISE EXCEPTION 'documents of amendments are kept: % on % is refused', TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER amendmentpaper_is_kept BEFORE INSERT OR UPDATE OR DELETE ON budgets_amendmentpaper
    FOR EACH ROW EXECUTE FUNCTION amendmentpaper_is_kept();
""", "DROP TRIGGER amendmentpaper_is_kept ON budgets_amendmentpaper; DROP FUNCTION amendmentpaper_is_kept();"),
    ("""
CREATE TRIGGER visitanswer_is_final BEFORE UPDATE OR DELETE ON budgets_visitanswer
    FOR EACH ROW EXECUTE FUNCTION claim_fact_is_final();
CREATE TRIGGER finding_is_final BEFORE UPDATE OR DELETE ON budgets_finding
    FOR EACH ROW EXECUTE FUNCTION claim_fact_is_final();
CREATE TRIGGER findingstep_is_final BEFORE UPDATE OR DELETE ON budgets_findingstep
    FOR EACH ROW EXECUTE FUNCTION claim_fact_is_final();
CREATE FUNCTION visit_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state <> 'planned' AND NOT (OLD.state = 'done' AND NEW.state IN ('done', 'closed')
            AND (NEW.done_on, NEW.result, NEW.note, NEW.planned_on) = (OLD.done_on, OLD.result, OLD.note, OLD.planned_on))
    THEN
        RAISE EXCEPTION 'what was recorded of a visit is final' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER visit_is_final BEFORE UPDATE OR DELETE ON budgets_visit
    FOR EACH ROW EXECUTE FUNCTION visit_is_final();
CREATE FUNCTION visited_checklist_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM budgets_visit v
               WHERE TG_OP <> 'INSERT' AND v.checklist_id = OLD.checklist_id
                  OR TG_OP <> 'DELETE' AND v.checklist_id = NEW.checklist_id) THEN
        RAISE EXCEPTION 'a checklist that was put to a visit is final' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER visited_checklist_is_final BEFORE INSERT OR UPDATE OR DELETE ON budgets_checklistquestion
    FOR EACH ROW EXECUTE FUNCTION visited_checklist_is_final();
""", """
DROP TRIGGER visited_checklist_is_final ON budgets_checklistquestion;
DROP FUNCTION visited_checklist_is_final();
DROP TRIGGER visit_is_final ON budgets_visit;
DROP FUNCTION visit_is_final();
DROP TRIGGER findingstep_is_final ON budgets_findingstep;
DROP TRIGGER finding_is_final ON budgets_finding;
DROP TRIGGER visitanswer_is_final ON budgets_visitanswer;
"""),
    # What a document came to in another currency is taken out of the books with its cost, while the claim that holds it
    # was never sent; it never changes, and it stays from the day it was sent.
    ("""
CREATE FUNCTION exchange_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' OR NOT EXISTS (
        SELECT 1 FROM budgets_claimline l JOIN budgets_claim c ON c.id = l.claim_id
        WHERE l.cost_id = OLD.cost_id AND c.received_on IS NULL
    ) OR EXISTS (
        SELECT 1 FROM budgets_linefact f JOIN budgets_claimline l ON l.id = f.line_id WHERE l.cost_id = OLD.cost_id
    ) THEN
        RAISE EXCEPTION 'the amount of a cost in another currency is final' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER exchange_is_final BEFORE UPDATE OR DELETE ON budgets_exchange
    FOR EACH ROW EXECUTE FUNCTION exchange_is_final();
""", """
DROP TRIGGER exchange_is_final ON budgets_exchange;
DROP FUNCTION exchange_is_final();
"""),
    # Costs, amendments, claims, deliverables and visits leave a change when they, or what is read with them, are written.
    (
        "SELECT note_changes_of('budgets_reportedcost', 'reported-costs', 'SELECT key, project_id, NULL::bigint AS school_id FROM {rows}')",
        "SELECT note_changes_no_more('budgets_reportedcost', 'reported-costs')",
    ),
    (
        "SELECT note_changes_of('budgets_exchange', 'reported-costs', 'SELECT x.key, x.project_id, NULL::bigint AS school_id FROM {rows} r JOIN budgets_reportedcost x ON x.id = r.cost_id')",
        "SELECT note_changes_no_more('budgets_exchange', 'reported-costs')",
    ),
    (
        "SELECT note_changes_of('budgets_budgetline', 'reported-costs', 'SELECT x.key, x.project_id, NULL::bigint AS school_id FROM {rows} r JOIN budgets_reportedcost x ON x.line_id = r.id')",
        "SELECT note_changes_no_more('budgets_budgetline', 'reported-costs')",
    ),
    (
        "SELECT note_changes_of('budgets_amendment', 'amendments', 'SELECT key, project_id, NULL::bigint AS school_id FROM {rows}')",
        "SELECT note_changes_no_more('budgets_amendment', 'amendments')",
    ),
    (
        "SELECT note_changes_of('projects_contractversion', 'amendments', 'SELECT x.key, x.project_id, NULL::bigint AS school_id FROM {rows} r JOIN budgets_amendment x ON r.id IN (x.contract_id, x.result_id)')",
        "SELECT note_changes_no_more('projects_contractversion', 'amendments')",
    ),
    (
        "SELECT note_changes_of('budgets_claim', 'claims', 'SELECT key, project_id, NULL::bigint AS school_id FROM {rows}')",
        "SELECT note_changes_no_more('budgets_claim', 'claims')",
    ),
    (
        "SELECT note_changes_of('projects_contractversion', 'claims', 'SELECT x.key, x.project_id, NULL::bigint AS school_id FROM {rows} r JOIN budgets_claim x ON x.contract_id = r.id')",
        "SELECT note_changes_no_more('projects_contractversion', 'claims')",
    ),
    (
        "SELECT note_changes_of('budgets_deliverable', 'deliverables', 'SELECT key, project_id, NULL::bigint AS school_id FROM {rows}')",
        "SELECT note_changes_no_more('budgets_deliverable', 'deliverables')",
    ),
    (
        "SELECT note_changes_of('budgets_visit', 'visits', 'SELECT key, project_id, NULL::bigint AS school_id FROM {rows}')",
        "SELECT note_changes_no_more('budgets_visit', 'visits')",
    ),
]


class Migration(migrations.Migration):
    replaces = [
        ("budgets", "0002_rules"),
        ("budgets", "0012_deliverables_are_final"),
        ("budgets", "0018_rates_of_costs_are_final"),
        ("budgets", "0022_amounts_after_verification_are_final"),
        ("budgets", "0032_rates_go_with_costs_taken_back"),
        ("budgets", "0033_rates_of_claims_sent_before"),
        ("budgets", "0034_days_of_last_payments"),
        ("budgets", "0035_money_in_the_feed"),
    ]
    dependencies = [
        ("budgets", "0001_all_tables"),
        ("activities", "0001_all_tables"),
        ("core", "0001_all_tables"),
        ("projects", "0001_all_tables"),
    ]
    operations = [migrations.RunSQL(forward, back) for forward, back in STEPS]
