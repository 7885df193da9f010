from django.urls import path

from budgets import views

app_name = "budgets"
urlpatterns = [
    path("projects/<str:number>/costs/new/", views.cost_new, name="cost_new"),
    path("projects/<str:number>/costs/<uuid:key>/correct/", views.cost_correct, name="cost_correct"),
    path("projects/<str:number>/contracts/new/", views.contract_new, name="contract_new"),
]
