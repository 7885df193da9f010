"""The database holds what is corrected, certified, paid and recovered in bounds, line by line and source by source, and
keeps what used an amount from losing it: a claim that was corrected, certified, paid or followed stays accepted."""

from django.db import migrations

FORWARD = """
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
        IF NEW.step IN ('paid', 'settled') AND NEW.total * side > 0 AND s.part IN ('eu', 'national', 'public')
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
"""
BACK = """
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
"""


class Migration(migrations.Migration):
    dependencies = [("budgets", "0021_after_verification")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
