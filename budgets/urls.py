from django.urls import path

from budgets.views import amendments, claim_costs, claims, money, papers, procurements, verification

app_name = "budgets"
urlpatterns = [
    path("projects/<str:number>/costs/new/", money.cost_new, name="cost_new"),
    path("projects/<str:number>/costs/<uuid:key>/correct/", money.cost_correct, name="cost_correct"),
    path("projects/<str:number>/contracts/new/", money.contract_new, name="contract_new"),
    path("projects/<str:number>/versions/<int:version>/", amendments.version, name="version"),
    path("projects/<str:number>/amendments/new/", amendments.amendment_new, name="amendment_new"),
    path("projects/amendments/<uuid:key>/", amendments.amendment, name="amendment"),
    path("projects/amendments/<uuid:key>/move/", amendments.amendment_move, name="amendment_move"),
    path("projects/amendments/<uuid:key>/decide/", amendments.amendment_decide, name="amendment_decide"),
    path("projects/amendments/<uuid:key>/<str:part>/", amendments.amendment_row, name="amendment_row"),
    path("projects/<str:number>/claims/new/", claims.claim_new, name="claim_new"),
    path("projects/<str:number>/suppliers/", procurements.procurements, name="procurements"),
    path("projects/<str:number>/suppliers/new/", procurements.procurement_new, name="procurement_new"),
    path("projects/<str:number>/suppliers/<uuid:key>/", procurements.procurement, name="procurement"),
    path(
        "projects/<str:number>/suppliers/<uuid:key>/files/<int:pk>/",
        procurements.procurement_file,
        name="procurement_file",
    ),
    path("claims/", claims.claims, name="claims"),
    path("claims/<uuid:key>/", claims.claim, name="claim"),
    path("claims/<uuid:key>/costs/", claim_costs.claim_costs, name="claim_costs"),
    path("claims/<uuid:key>/costs/new/", claim_costs.claim_cost_new, name="claim_cost_new"),
    path("claims/<uuid:key>/costs/left/", claim_costs.claim_cost_left, name="claim_cost_left"),
    path("claims/<uuid:key>/costs/draft/", claim_costs.claim_cost_draft, name="claim_cost_draft"),
    path("claims/<uuid:key>/evidence/", claims.claim_evidence, name="claim_evidence"),
    path("claims/<uuid:key>/lines/<int:number>/evidence/", claims.claim_paper, name="claim_paper"),
    path("claims/<uuid:key>/files/<int:pk>/", papers.claim_file, name="claim_file"),
    path("claims/<uuid:key>/files/<int:pk>/pages/", papers.claim_pages, name="claim_pages"),
    path("claims/<uuid:key>/files/<int:pk>/pages/<int:page>/<int:turn>/", papers.claim_page, name="claim_page"),
    path("claims/<uuid:key>/send/", claims.claim_send, name="claim_send"),
    path("claims/<uuid:key>/check/", verification.check, name="claim_check"),
    path("claims/<uuid:key>/check/move/", verification.claim_move, name="claim_move"),
    path("claims/<uuid:key>/check/accept/", verification.claim_accept, name="claim_accept"),
    path("claims/<uuid:key>/check/ask/", verification.claim_ask, name="claim_ask"),
    path("claims/<uuid:key>/<slug:part>/", claims.claim_part, name="claim_part"),
]
