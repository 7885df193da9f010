from django.urls import path

from projects import views

app_name = "projects"
urlpatterns = [
    path("projects/<str:number>/texts/", views.texts, name="texts"),
    path("projects/<str:number>/messages/new/", views.clarification_new, name="clarification_new"),
    path("messages/", views.clarifications, name="clarifications"),
    path("messages/<uuid:key>/", views.clarification, name="clarification"),
    path("messages/<uuid:key>/more/", views.clarification_more, name="clarification_more"),
    path("messages/<uuid:key>/close/", views.clarification_close, name="clarification_close"),
    path("systems/", views.systems, name="systems"),
    path("systems/<uuid:key>/secret/", views.system_secret, name="system_secret"),
    path("systems/<uuid:key>/revoke/", views.system_revoke, name="system_revoke"),
    path("members/", views.members, name="members"),
    path("members/<int:pk>/remove/", views.member_remove, name="member_remove"),
]
