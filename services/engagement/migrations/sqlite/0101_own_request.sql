-- Nobody decides on their own request for re-engagement, whatever way it comes in (I-16): the second line behind the domain's.
CREATE TRIGGER own_requests_stay_open BEFORE UPDATE ON engagements
    WHEN json_extract(new.state, '$.reengagements[#-1].requested.person')
        = json_extract(new.state, '$.reengagements[#-1].decided.person')
BEGIN
    SELECT raise(ABORT, 'a request is never decided by who made it');
END;
