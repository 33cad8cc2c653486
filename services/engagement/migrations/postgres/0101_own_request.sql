-- Nobody decides on their own request for re-engagement, whatever way it comes in (I-16): the second line behind the domain's.
CREATE TRIGGER own_requests_stay_open BEFORE UPDATE ON engagements FOR EACH ROW
    WHEN (new.state -> 'reengagements' -> -1 -> 'requested' ->> 'person'
        = new.state -> 'reengagements' -> -1 -> 'decided' ->> 'person')
    EXECUTE FUNCTION refuse('a request is never decided by who made it');
